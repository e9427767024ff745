import { SecretMasker } from "./masker.ts";

/** Hides secrets in what a step says past its streams: names and properties of files, reasons, remarks. */
export interface HiddenText {
  text(text: string): string;
  /** The same in every text of a JSON value, keys included. */
  value<Value>(value: Value): Value;
}

export const HIDES_NOTHING: HiddenText = { text: (text) => text, value: (value) => value };

/** For what a step says while its secrets cannot be opened: nothing of it is told. */
export const HIDES_ALL: HiddenText = hiddenBy(() => "***");

export function hiddenText(secrets: Iterable<string>): HiddenText {
  const all = [...secrets];
  if (all.length === 0) return HIDES_NOTHING;
  const masker = new SecretMasker(all);
  return hiddenBy((text) => masker.mask(text));
}

function hiddenBy(text: (text: string) => string): HiddenText {
  const hide = (value: unknown): unknown => {
    if (typeof value === "string") return text(value);
    if (typeof value === "number") return text(String(value)) === String(value) ? value : text(String(value));
    if (Array.isArray(value)) return value.map(hide);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [text(key), hide(each)]));
  };
  // The result has the shape of the value that came in; only the texts in it differ.
  return { text, value: <Value>(value: Value) => hide(value) as Value };
}
