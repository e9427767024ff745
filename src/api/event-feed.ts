import * as z from "zod";
import { type EventBody, eventBodySchema } from "./events.ts";
import { type Json, shape } from "./shape.ts";
import { time } from "./values.ts";

const [first, ...others] = eventBodySchema.options.map(({ shape: { kind } }) => kind.value);
export const eventKind = z.enum([first ?? "run-created", ...others]);
export type EventKind = EventBody["kind"];

/** Something that happened, with who wanted it and what it is about. */
export const eventSchema = shape("Event", "An event", {
  id: z.string().describe("names its place: later events have greater ones"),
  at: time.describe("when it happened"),
  actor: z.string().nullable().describe("who wanted it; `null` for what follows from something else"),
  subject: z
    .object({ kind: z.string().describe("`run`, `execution` …"), id: z.string().describe("of the subject") })
    .describe("what it is about"),
  body: eventBodySchema.describe("what happened"),
  v: z.int().positive().describe("version of the body's shape"),
});
export type EventView = Json<typeof eventSchema>;
