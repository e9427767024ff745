/** The given entries without those that are undefined: absent optional keys are absent in the model. */
export function present<Entries extends object>(entries: Entries): { [Key in keyof Entries]: Exclude<Entries[Key], undefined> } {
  const result: Record<string, unknown> = {};
  for (const key in entries) if (entries[key] !== undefined) result[key] = entries[key];
  return result as { [Key in keyof Entries]: Exclude<Entries[Key], undefined> };
}

/** A list, whether one or several were written. */
export function listed<Value>(value: Value | readonly Value[] | undefined): readonly Value[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Value[]) : [value as Value];
}

/** An empty text counts as absent where Valohai tests for truth. */
export function filled(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
