import type { SnapshotRecord } from "./requests.ts";
import type { ProjectScope } from "./scope.ts";
import { addSnapshot, getSnapshot } from "./snapshot-records.ts";

/** Versions of the code. */
export interface SnapshotRepository {
  add(snapshot: SnapshotRecord): Promise<void>;
  get(identifier: string): Promise<SnapshotRecord | undefined>;
}

export function snapshotRepository({ database, project, change }: ProjectScope): SnapshotRepository {
  return {
    add: (snapshot) => change((open) => addSnapshot(open, snapshot)),
    get: (identifier) => getSnapshot(database, project, identifier),
  };
}
