import type { BlobStore } from "../blobs/index.ts";
import type { SharedFiles } from "../contract/index.ts";
import type { Executor } from "../executors/index.ts";
import type { Sources } from "../sources/index.ts";
import type { Store } from "../store/index.ts";

/** What the engine works with; the composition root in app/ puts it together. */
export interface EngineParts {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly sources: Sources;
  readonly executor: Executor;
  /** Writes the code of a commit into an empty folder. */
  readonly checkout: (commit: string, folder: string) => Promise<unknown>;
  /** Where the folder of an execution stands. */
  readonly folderOf: (executionId: string) => string;
  /** Small files that many executions have in common. */
  readonly sharedFiles: SharedFiles;
  readonly clock: Clock;
  /** Names this engine in leases. */
  readonly owner: string;
  readonly project: { readonly id: string; readonly name: string };
  /** How long a step may take to end after an interrupt before it is killed. */
  readonly graceMs: number;
  readonly notify: (notice: EngineNotice) => void;
}

/** Times come in from outside, so that tests can choose them. */
export interface Clock {
  /** Milliseconds since the epoch: for records. */
  readonly now: () => number;
  /** Milliseconds that never jump: for limits. */
  readonly monotonic: () => number;
}

/** What is worth saying to a human and is no event of the store. */
export type EngineNotice =
  | { readonly kind: "warning"; readonly node?: string; readonly message: string }
  | { readonly kind: "progress"; readonly node: string; readonly message: string };
