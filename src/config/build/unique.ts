import type { Path } from "../report/problem.ts";
import type { Report } from "./report.ts";

/** A built thing and where it stands. */
export interface Placed<Value> {
  readonly value: Value;
  readonly path: Path;
}

/**
 * If several things have one name, the last counts, at the place of the first, as in Valohai's own parser; each
 * repetition is a warning. `noun` names a thing in the message.
 */
export function uniqueByName<Thing extends Placed<{ readonly name: string }>>(
  noun: string,
  things: readonly Thing[],
  report: Report,
): readonly Thing[] {
  const byName = new Map<string, Thing>();
  for (const thing of things) {
    if (byName.has(thing.value.name)) {
      report(
        "duplicate-name",
        [...thing.path, "name"],
        `there are two ${noun} with the name \`${thing.value.name}\`; this later one counts`,
      );
    }
    byName.set(thing.value.name, thing);
  }
  return byName.size === things.length ? things : [...byName.values()];
}

/** The same for a list inside an item, whose entries keep their index in the path. */
export function uniqueEntries<Value extends { readonly name: string }>(
  noun: string,
  values: readonly Value[],
  path: Path,
  report: Report,
): readonly Value[] {
  if (values.length < 2) return values;
  return uniqueByName(
    noun,
    values.map((value, index) => ({ value, path: [...path, index] })),
    report,
  ).map(({ value }) => value);
}
