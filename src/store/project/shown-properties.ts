/** Headrace keeps its own properties of a datum under this prefix, such as the validators of a download. */
const OWN = "headrace.";

/**
 * The properties of a datum that steps find beside its file; absent where there are none, so that records stay small.
 */
export function shownProperties(properties: Readonly<Record<string, unknown>>): {
  readonly properties?: Readonly<Record<string, unknown>>;
} {
  const shown = Object.entries(properties).filter(([name]) => !name.startsWith(OWN));
  return shown.length === 0 ? {} : { properties: Object.fromEntries(shown) };
}
