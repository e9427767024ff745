import type { BlobStore } from "../blobs/index.ts";
import type { CodePlaces } from "../code-tracing/index.ts";
import type { SharedFiles } from "../contract/index.ts";
import type { Executor, StepTerminal } from "../executors/index.ts";
import type { EnvironmentSettings } from "../settings/index.ts";
import type { Sources } from "../sources/index.ts";
import type { ClaimLimits, ExecutionRecord, ProjectStore } from "../store/index.ts";
import type { EngineRegistry } from "./engine-registry.ts";
import type { ResourceSlots } from "./resource-slots/resource-slots.ts";
import type { Uncleared } from "./uncleared.ts";

/** What the engine works with; the composition root in app/ puts it together. */
export interface EngineParts {
  readonly store: ProjectStore;
  readonly blobs: BlobStore;
  readonly sources: Sources;
  /** Puts the code of executions where they run, and says what they saw of it. */
  readonly code: CodePlaces;
  /** Where an execution runs. The same answer in every engine that serves the environment, so that one can take over from another. */
  readonly placeOf: (execution: Pick<ExecutionRecord, "id" | "environmentName">) => Promise<ExecutionPlace>;
  /** Small files that many executions have in common. */
  readonly sharedFiles: SharedFiles;
  /** What could not be cleared at its end. */
  readonly uncleared: Uncleared;
  readonly clock: Clock;
  /** This process among those that work for the project. */
  readonly members: EngineRegistry;
  /** How many executions may be under way at a time, over all engines; absent: as many as there are slots. */
  readonly limits?: ClaimLimits;
  /** What steps that run here share; absent: their resources are not counted. */
  readonly machine?: ResourceSlots;
  /** The environments whose executions this process can run; absent: all. */
  readonly environments?: readonly string[];
  readonly project: { readonly id: string; readonly name: string; readonly owner: string };
  /** How long a step may take to end after an interrupt before it is killed. */
  readonly graceMs: number;
  readonly notify: (notice: EngineNotice) => void;
  /** The terminal of this process, for nodes that a person works with (`alwaysRuns: "interactive"`); absent: they cannot begin here. */
  readonly terminal?: StepTerminal;
}

/** An environment's executor, and the folder that it can reach. */
export interface ExecutionPlace {
  readonly executor: Executor;
  /** The execution's folder (contract/execution-folder.ts). */
  readonly folder: string;
  readonly environment: PlaceEnvironment;
}

/** What an environment adds to the steps that run in it. */
export type PlaceEnvironment = Pick<EnvironmentSettings, "slug" | "name" | "limits" | "mounts" | "variables">;

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
