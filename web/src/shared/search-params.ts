/* Readers of what stands behind `?` in an address: whatever somebody typed there, a page gets what it can use. */

export type RawSearch = Readonly<Record<string, unknown>>;

export function textIn(value: unknown): string | undefined {
  // The router reads a bare `?run=12` as a number.
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function numberIn(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function textsIn(value: unknown): readonly string[] | undefined {
  const texts = (Array.isArray(value) ? value : [value]).map(textIn).filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts;
}

export function oneOf<const Words extends readonly string[]>(words: Words, value: unknown): Words[number] | undefined {
  return words.find((word) => word === value);
}

/** Leaves out what is not there, so that the address stays short. */
export function compact<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
