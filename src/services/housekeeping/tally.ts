import type { GarbageView, RemovalKind } from "../../api/index.ts";
/** The things that housekeeping removes, in the order in which it is told. */
export const REMOVAL_KINDS = [
  "runs",
  "snapshots",
  "fetched",
  "blobs",
  "trash",
  "half-written",
  "uploads",
  "logs",
  "log-copies",
  "places",
  "leftovers",
  "folders",
  "environments",
  "worktrees",
  "engines",
] as const satisfies readonly RemovalKind[];

type Removal = GarbageView["removals"][number];

/** Adds up what goes. */
export class Tally {
  readonly #removals = new Map<RemovalKind, { count: number; sizeBytes: number }>();

  add(kind: RemovalKind, count: number, sizeBytes = 0): void {
    const sum = this.#removals.get(kind) ?? { count: 0, sizeBytes: 0 };
    this.#removals.set(kind, { count: sum.count + count, sizeBytes: sum.sizeBytes + sizeBytes });
  }

  list(): readonly Removal[] {
    return REMOVAL_KINDS.flatMap((kind) => {
      const sum = this.#removals.get(kind);
      return sum === undefined || sum.count === 0 ? [] : [{ kind, ...sum }];
    });
  }
}
