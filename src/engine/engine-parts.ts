import type { BlobStore } from "../blobs/index.ts";
import type { CodePlaces } from "../code-tracing/index.ts";
import type { SharedFiles } from "../contract/index.ts";
import type { Executor, StepTerminal } from "../executors/index.ts";
import type { EnvironmentSettings } from "../settings/index.ts";
import type { Sources } from "../sources/index.ts";
import type { ClaimLimits, ExecutionRecord, ProjectStore } from "../store/index.ts";
import type { Tracer } from "../telemetry/index.ts";
import type { GroupShares } from "./distributed/group-shares.ts";
import type { GroupStarts } from "./distributed/group-starts.ts";
import type { EngineRegistry } from "./engine-registry.ts";
import type { LogPublisher } from "./log-publisher.ts";
import type { UseRecorder } from "./machine-use/use-recorder.ts";
import type { ResourceSlots } from "./resource-slots/resource-slots.ts";
import type { FetchedInputsByExecution } from "./reuse/fetched-inputs.ts";
import type { Fingerprints } from "./reuse/fingerprints.ts";
import type { StepCalls } from "./step-calls.ts";
import type { StepChecker } from "./step-checker.ts";
import type { Uncleared } from "./uncleared.ts";

/** The parts that the engine works with; the composition root in services/ puts them together. */
export interface EngineParts {
  readonly store: ProjectStore;
  readonly blobs: BlobStore;
  readonly sources: Sources;
  /** Puts the code of executions where they run, and says what they saw of it. */
  readonly code: CodePlaces;
  /**
   * Returns the place where an execution runs. It is the same in every engine that has the environment, so that one can
   * take over from another.
   */
  readonly placeOf: (execution: Pick<ExecutionRecord, "id" | "environmentName">) => Promise<ExecutionPlace>;
  /** Small files that many executions have in common. */
  readonly sharedFiles: SharedFiles;
  /** Inputs that were fetched to decide whether a node runs. */
  readonly fetchedInputs: FetchedInputsByExecution;
  readonly fingerprints: Fingerprints;
  /** The parts of this machine that members of distributed tasks take together, and their turns in queues. */
  readonly groupShares: GroupShares;
  readonly groupStarts: GroupStarts;
  /** Holds what steps get and make against what it is expected to be. */
  readonly checker: StepChecker;
  /** The executions that could not be cleared at their end. */
  readonly uncleared: Uncleared;
  /** Shows the logs of steps that run here to readers elsewhere; absent: they see them at the end. */
  readonly publisher?: LogPublisher;
  /** Notes what steps use of their machines; absent: nobody does. */
  readonly machineUse?: UseRecorder;
  readonly clock: Clock;
  /** This process among those that work for the project. */
  readonly members: EngineRegistry;
  /** Most executions that may be under way at a time, over all engines; absent: as many as there are slots. */
  readonly limits?: ClaimLimits;
  /** The resources that steps that run here share; absent: their resources are not counted. */
  readonly machine?: ResourceSlots;
  /** The environments whose executions this process can run; absent: all. */
  readonly environments?: readonly string[];
  /**
   * The values of the secrets of these names, for a step that asks for these groups. Throws HR_SECRETS. Absent: there
   * are none.
   */
  readonly openSecrets?: (
    groups: readonly string[],
    names: readonly string[],
  ) => Promise<Readonly<Record<string, string>>>;
  readonly project: { readonly id: string; readonly name: string; readonly owner: string };
  /** Looks up a user of the server, who may have started a run; absent: there is no server. */
  readonly findUser?: (
    name: string,
  ) => Promise<{ readonly id: string; readonly name: string; readonly email: string } | undefined>;
  /** Tells of runs and executions as traces; absent: nobody wants to know. */
  readonly tracer?: Pick<Tracer, "variablesOf" | "runEnded" | "executionEnded">;
  /** Hears of runs and executions as they go on; absent: nobody wants to know. */
  readonly lineage?: LineageListener;
  /** The way of steps to a server that works for the project; absent: there is none. */
  readonly stepCalls?: StepCalls;
  /** Time that a step may take to end after an interrupt before it is killed. */
  readonly graceMs: number;
  /**
   * The terminal of this process, for nodes that a person works with (`alwaysRuns: "interactive"`); absent: they cannot
   * begin here.
   */
  readonly terminal?: StepTerminal;
}

/** `running`: its inputs are there, and its process begins. `ended`: the end is on record. */
export type LineageMoment = "started" | "running" | "ended";

/** Is called at moments of which the records tell the rest; nothing waits for it, and it never throws. */
export interface LineageListener {
  runChanged(runId: string, moment: LineageMoment): void;
  executionChanged(executionId: string, moment: LineageMoment): void;
}

/** An environment's executor, and the folder that it can reach. */
export interface ExecutionPlace {
  readonly executor: Executor;
  /** The execution's folder (contract/execution-folder.ts). */
  readonly folder: string;
  readonly environment: PlaceEnvironment;
}

/** The settings that an environment adds to the steps that run in it. */
export type PlaceEnvironment = Pick<
  EnvironmentSettings,
  "slug" | "name" | "limits" | "mounts" | "variables" | "pricePerHour"
>;

/** Times come in from outside, so that tests can choose them. */
export interface Clock {
  /** Milliseconds since the epoch: for records. */
  readonly now: () => number;
  /** Milliseconds that never jump: for limits. */
  readonly monotonic: () => number;
}
