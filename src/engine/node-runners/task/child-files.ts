import type { FileRef } from "../../../planning/index.ts";
import type { TrialRecord } from "../../../store/index.ts";

/**
 * The files of which each execution of a task gets one, in their order. Trials that are recorded keep theirs, and the
 * others get those that are left: the files behind a pattern may have changed while no engine was there.
 */
export function arrangeFiles(
  files: readonly FileRef[],
  trials: readonly TrialRecord[],
  placeOf: (trial: number) => number,
): readonly FileRef[] {
  const kept = new Map<number, FileRef>();
  for (const { trial, file } of trials) if (file !== undefined) kept.set(placeOf(trial), file);
  if (kept.size === 0) return files;
  const taken = new Map<string, number>();
  for (const file of kept.values()) taken.set(keyOf(file), (taken.get(keyOf(file)) ?? 0) + 1);
  const left = files.filter((file) => {
    const count = taken.get(keyOf(file)) ?? 0;
    if (count > 0) taken.set(keyOf(file), count - 1);
    return count === 0;
  });
  const arranged: FileRef[] = [];
  let next = 0;
  while (kept.size > 0 || next < left.length) {
    const own = kept.get(arranged.length) ?? left[next++];
    kept.delete(arranged.length);
    if (own === undefined) break;
    arranged.push(own);
  }
  return arranged;
}

/** A file that was fetched again is the same if it has the same name and content. */
function keyOf({ name, sha256 }: FileRef): string {
  return `${name}\0${sha256}`;
}
