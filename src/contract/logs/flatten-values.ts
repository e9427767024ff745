/** Deeper records stay what they are: no metric lies that deep, and a hostile line may nest half a million levels. */
const MAX_DEPTH = 16;

/**
 * Records in a printed object become keys with dots: `{"val": {"rmse": 1.5}}` is `{"val.rmse": 1.5}`, since a metric is
 * a value under a name for everything that reads it (edges, conditions, tables). Lists stay as they are, and so does a
 * record without keys. The later of two spellings of one key counts, as of any key that stands twice.
 */
export function flattenValues(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!Object.values(values).some(isNested)) return values;
  const flat = new Map<string, unknown>();
  addFlat(flat, "", values, 0);
  // Not by assignment: a key may be called `__proto__`.
  return Object.fromEntries(flat);
}

function addFlat(
  flat: Map<string, unknown>,
  prefix: string,
  values: Readonly<Record<string, unknown>>,
  depth: number,
): void {
  for (const [key, value] of Object.entries(values)) {
    if (isNested(value) && depth < MAX_DEPTH) addFlat(flat, `${prefix}${key}.`, value, depth + 1);
    else flat.set(prefix + key, value);
  }
}

function isNested(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}
