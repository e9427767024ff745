/** The given entries without those that are undefined: absent optional keys are absent in the model. */
export function present<Entries extends object>(
  entries: Entries,
): { [Key in keyof Entries]: Exclude<Entries[Key], undefined> } {
  const result: Record<string, unknown> = {};
  for (const key in entries) if (entries[key] !== undefined) result[key] = entries[key];
  return result as { [Key in keyof Entries]: Exclude<Entries[Key], undefined> };
}

/** The one empty list: a model of 100,000 steps would hold a million of them. */
export const NONE: readonly never[] = Object.freeze([]);

/** A list with every entry built; nothing written is the empty list. */
export function builtList<Source, Value>(
  source: readonly Source[] | undefined,
  build: (entry: Source, index: number) => Value,
): readonly Value[] {
  return source === undefined || source.length === 0 ? NONE : source.map(build);
}

/** A list, whether one or several were written. */
export function listed<Value>(value: Value | readonly Value[] | undefined): readonly Value[] {
  if (value === undefined) return NONE;
  return Array.isArray(value) ? (value as readonly Value[]) : [value as Value];
}

/** An empty text counts as absent where Valohai tests for truth. */
export function filled(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
