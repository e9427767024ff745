import { getFingerprint, listNearest, listNewestOfNodes, listNewestReusable, listReusable } from "./fingerprints.ts";
import type { NearestFilter, NewestFilter, NodesFilter, ReusableFilter, ReusableRecord } from "./requests.ts";
import type { ProjectScope } from "./scope.ts";

/** Results that may be used again, by the fingerprints that executions left. */
export interface ReuseRepository {
  /** Executions that were complete with this fingerprint, newest first. */
  list(filter: ReusableFilter): Promise<readonly ReusableRecord[]>;
  /** For each node and fingerprint the newest of these, where there is one; in no order. */
  listNewest(filter: NewestFilter): Promise<readonly ReusableRecord[]>;
  /** For each node the newest execution that was complete and left a fingerprint, where there is one; in no order. */
  listNewestOfNodes(filter: NodesFilter): Promise<readonly ReusableRecord[]>;
  /** The newest executions of a step (and node) that were complete and left a fingerprint, newest first. */
  listNearest(filter: NearestFilter): Promise<readonly ReusableRecord[]>;
  /** Undefined when the execution left none: it has not succeeded, or is older than fingerprints are. */
  getFingerprint(executionId: string): Promise<ReusableRecord | undefined>;
}

export function reuseRepository({ database, project }: ProjectScope): ReuseRepository {
  return {
    list: (filter) => listReusable(database, project, filter),
    listNewest: (filter) => listNewestReusable(database, project, filter),
    listNewestOfNodes: (filter) => listNewestOfNodes(database, project, filter),
    listNearest: (filter) => listNearest(database, project, filter),
    getFingerprint: (executionId) => getFingerprint(database, project, executionId),
  };
}
