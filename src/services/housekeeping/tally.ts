import type { GarbageView, RemovalKind } from "../../api/index.ts";

/** The things that housekeeping removes, in the order in which it is told; the type asks for each. */
const TOLD: Readonly<Record<RemovalKind, true>> = {
  runs: true,
  snapshots: true,
  fetched: true,
  blobs: true,
  trash: true,
  "half-written": true,
  uploads: true,
  logs: true,
  "log-copies": true,
  places: true,
  leftovers: true,
  folders: true,
  environments: true,
  worktrees: true,
  engines: true,
};
const REMOVAL_KINDS = Object.keys(TOLD) as readonly RemovalKind[];

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
