import type { SnapshotRecord } from "./requests.ts";
import type { ProjectScope } from "./scope.ts";
import { addSnapshot, getSnapshot, listSnapshots } from "./snapshot-records.ts";

/** Versions of the code. */
export interface SnapshotRepository {
  add(snapshot: SnapshotRecord): Promise<void>;
  get(identifier: string): Promise<SnapshotRecord | undefined>;
  /** The newest, at most so many. */
  list(limit: number): Promise<readonly SnapshotRecord[]>;
}

export function snapshotRepository({ database, project, change }: ProjectScope): SnapshotRepository {
  return {
    add: (snapshot) => change((open) => addSnapshot(open, snapshot)),
    list: (limit) => listSnapshots(database, project, limit),
    get: (identifier) => getSnapshot(database, project, identifier),
  };
}
