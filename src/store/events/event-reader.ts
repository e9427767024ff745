import type { EventBody } from "./event.ts";

/** Version of the bodies that are written now. */
export const EVENT_VERSION = 1;

/** The body as it would be written now. */
export function readEventBody(_v: number, text: string): { readonly body: EventBody; readonly v: number } {
  return { body: JSON.parse(text) as EventBody, v: EVENT_VERSION };
}
