import type { Advice } from "../advice.ts";
import type { UseReading } from "./use/use-reading.ts";

/**
 * Runs the process of a step. An executor knows nothing of databases, blobs or plans: it gets a prepared folder and a
 * script, makes a process of it, and says how that process ended. Every call may be repeated after a crash of the
 * engine, by another engine that knows the job's folder and nothing else. docs/internals/executors.md says how to write
 * one.
 */
export interface Executor extends AsyncDisposable {
  readonly name: string;
  readonly capabilities: ExecutorCapabilities;
  /** Tells whether it could run a step now; quick, and never throws. */
  health(): Promise<ExecutorHealth>;
  /**
   * Returns the image that a name stands for now, as `imageId` among the facts of a preparation says it; undefined if
   * the image is not here yet or nobody answers. An earlier result counts only for the same image.
   */
  imageId?(image: string): Promise<string | undefined>;
  /**
   * Returns what a step would see of its surroundings beyond what it declares, and that can change its result:
   * variables that are passed on, the programs that its command names, their packages. By names for humans. The
   * preparation says the same (`surroundings`); an earlier result counts only for equal ones. Quick: it is asked for
   * every node. Absent: a step sees nothing of them.
   */
  surroundings?(step: StepSurroundings): Readonly<Record<string, string>>;
  /**
   * The devices of a kind (`nvidia.com/gpu`) that a step with these variables could be given on this machine, each to
   * one step at a time; undefined where there are some that cannot be told apart. Absent: steps get devices in some
   * other way.
   */
  listDevices?(kind: string, variables: Readonly<Record<string, string>>): Promise<readonly Device[] | undefined>;
  /**
   * Throws HR_SYSTEM where the folder that holds its executions cannot be used, or does not answer: then nothing is to
   * touch it. Absent: the folder is the project's own.
   */
  requirePlace?(): Promise<void>;
  /**
   * Builds or fetches what the step needs and may be shared (Python environment, image). `report` gets lines for a
   * human.
   */
  prepare(job: JobSpec, report: (detail: string) => void, signal: AbortSignal): Promise<Preparation>;
  /**
   * Starts the process, or finds the one that an earlier call with the same execution id started. `report` gets lines
   * for a human as long as it runs, such as what it waits for in a queue.
   */
  start(job: JobSpec, preparation: Preparation, report?: (detail: string) => void): Promise<RunningJob>;
  /** Finds a process that an earlier engine started; undefined when there was none. */
  attach(job: JobSpec): Promise<RunningJob | undefined>;
  /**
   * No step runs that could have been given anything by one that has just ended, such as an open file: what that step
   * made is then out of everybody's reach. Absent: that cannot be known.
   */
  nobodyElseRuns?(): boolean;
  /** Removes what is left of an ended job (containers, scratch); the job's folder belongs to the caller. */
  forget(job: Pick<JobSpec, "executionId" | "folder">): Promise<void>;
}

/** As much of a step as its surroundings depend on. */
export interface StepSurroundings {
  readonly command: readonly string[];
  /** The variables that are set for it, its own and those of its environment. */
  readonly variables: Readonly<Record<string, string>>;
  readonly image: string;
  readonly python?: { readonly version?: string } | undefined;
}

export type ExecutorHealth =
  /** `details` are facts for a human: versions, sizes, kind of sandbox. */
  | { readonly healthy: true; readonly details: Readonly<Record<string, string>> }
  | { readonly healthy: false; readonly reason: string; readonly hint?: Advice };

/**
 * `host`: steps reach what this machine reaches, what listens on its loopback address included; `own`: other machines,
 * and this one by its address in a network; `none`: nothing.
 */
export type StepNetwork = "host" | "own" | "none";

export interface ExecutorCapabilities {
  /** The step sees the job folder of this machine itself: inputs and outputs need no transfer. */
  readonly sharedFilesystem: boolean;
  /**
   * From where the processes of its steps can be found again: from the machine that started them (the default), or from
   * every machine that sees the job's folder, since a service that all of them reach keeps them.
   */
  readonly reachableFrom?: "machine" | "anywhere";
  /** `image` is honoured. */
  readonly images: boolean;
  /** The network of its steps; absent: `own`. */
  readonly network?: StepNetwork;
  /** `JobSpec.terminal` is honoured. Absent: no. */
  readonly terminals?: boolean;
}

/** Everything an executor may know of an execution. */
export interface JobSpec {
  readonly executionId: string;
  /** The execution's folder (see contract/execution-folder.ts): repository, inputs, outputs, config, logs. */
  readonly folder: string;
  /** Interpolated command lines. */
  readonly command: readonly string[];
  readonly image: string;
  /** The step's own variables and the VH_* ones that name no path; the executor adds the path variables. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Further variables of the step's process, which nobody else is to see: they stand in no file, no argument and
   * nothing that other programs are asked for, and `***` stands in their place in the log, however the step prints
   * them. An executor that cannot keep that refuses a step that has some.
   */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly python?: {
    readonly requirementsFile?: string;
    readonly packages: readonly string[];
    readonly version?: string;
    /** For what builds it. */
    readonly environment?: Readonly<Record<string, string>>;
  };
  readonly resources?: JobResources;
  /** After so long the engine ends the step by itself; said to executors whose queue wants to know. */
  readonly timeLimitS?: number;
  /** Places of the machine that the step asks to see. An executor whose environment does not allow them refuses. */
  readonly mounts?: readonly JobMount[];
  /** It is to run on this terminal. An executor whose `terminals` are not said to work refuses. */
  readonly terminal?: StepTerminal;
  /**
   * False where its result is never reused, or the user says which code counts: to find that out is to slow nothing
   * down.
   */
  readonly traceCode?: boolean;
  /**
   * It is one of several executions that begin together: its commands wait for the file `distributed.sh` in its config
   * folder, and read it first (step/step-script.ts).
   */
  readonly awaitsMembers?: true;
  /** Names that a human looks for in `docker ps` or `squeue`. */
  readonly labels?: JobLabels;
}

/** Names by which a human finds a job among others. */
export interface JobLabels {
  readonly project: string;
  readonly step: string;
  readonly executionNumber: number;
  /** The name of the one who started the run. */
  readonly creator?: string;
}

/** The terminal of this process, for one step at a time. */
export interface StepTerminal {
  /** The step has it from now on: nobody else is to read it or write to it. */
  taken(): void;
  /** It is as it was. */
  returned(): void;
}

/** The resources that a step needs (`min`) and must not exceed (`max`). */
export interface JobResources {
  /** Processors; 0.5 is half of one. */
  readonly cpuMin?: number;
  readonly cpuMax?: number;
  readonly memoryMinMb?: number;
  readonly memoryMaxMb?: number;
  /** The source of `memoryMaxMb`, for messages. Absent: the step. */
  readonly memoryMaxOf?: "environment";
  /** Devices by name, such as `nvidia.com/gpu: 1`. */
  readonly devices?: Readonly<Record<string, number>>;
}

/** A device of this machine that a step can be given, and no other step meanwhile. */
export interface Device {
  /** Names it among all devices of the machine, whoever looks. */
  readonly key: string;
  /** By this name the step finds it, in `CUDA_VISIBLE_DEVICES` say. */
  readonly name: string;
}

export interface JobMount {
  readonly source: string;
  readonly destination: string;
  readonly readonly: boolean;
  /** Absent: a folder of the machine. */
  readonly type?: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Preparation {
  /**
   * The folder that the step sees as its own: `/valohai`, or the real one where there is no sandbox. Config files name
   * paths below it.
   */
  readonly valohaiRoot: string;
  /** Facts for the record: sandbox kind, Python environment hash and version, image digest … */
  readonly facts: Readonly<Record<string, string>>;
  /** The surroundings that the step sees (`Executor.surroundings`). */
  readonly surroundings?: Readonly<Record<string, string>>;
  /** Names of the devices that it was given, by their kind (`nvidia.com/gpu`), where the executor lists devices. */
  readonly devices?: Readonly<Record<string, readonly string[]>>;
  /** Said once to the user, e.g. that the image is not used. */
  readonly warnings: readonly string[];
}

/**
 * A process under way. Its stdout and stderr appear, byte for byte, in `logs/stdout` and `logs/stderr` of the job's
 * folder while it runs. Without a shared file system the executor brings them (and files in outputs that are read-only,
 * where it can), and after a crash goes on where the files end.
 */
export interface RunningJob {
  /**
   * Resolves once the process has ended AND its logs and outputs stand complete in the job's folder. Without a shared
   * file system they are fetched first.
   */
  readonly ended: Promise<JobEnd>;
  /**
   * The moment at which the step's own process began, in milliseconds since the epoch, if it may wait in a queue first:
   * limits count from then. Absent: at its start.
   */
  readonly began?: Promise<number>;
  /**
   * Returns the moment at which the step ended, in milliseconds since the epoch by this machine's clock, once it has;
   * undefined if that is not known.
   */
  endedAt?(): number | undefined;
  /**
   * Returns the addresses at which the step's process is reached by others that run in the same environment, once it
   * has begun. Absent: they run on this machine, and share its network.
   */
  addresses?(): Promise<readonly string[]>;
  /** `interrupt` is SIGINT to every process of the step; `kill` is SIGKILL and leaves none behind. */
  signal(kind: "interrupt" | "kill"): Promise<void>;
  /**
   * Returns the step's use of the machine, as far as it can be told: at this moment, or, if another program takes the
   * readings, those since a moment (milliseconds since the epoch). It is cheap, since it is asked every few seconds.
   * Absent: the use cannot be told.
   */
  use?(since: number): Promise<readonly UseReading[]>;
  /** It is noted where the step runs, and can be asked after the end. Absent: no. */
  readonly notesUse?: boolean;
  /** SIGTERM to every process of the step, for those that heed only that. Absent where it cannot be sent. */
  terminate?(): Promise<void>;
}

/**
 * `reason`, where the executor knows more than the code says: `it needed more memory than the 512 MB that it may use`;
 * then also `outOfMemory`, since `retry.on` can ask for it.
 */
export type JobEnd =
  /** `failedCommand` (from 1): which of the job's commands ended it, where the executor can tell. */
  | {
      readonly kind: "exited";
      readonly exitCode: number;
      readonly failedCommand?: number;
      readonly reason?: string;
      readonly outOfMemory?: true;
    }
  | { readonly kind: "signalled"; readonly signal: string; readonly reason?: string; readonly outOfMemory?: true }
  /** The process is gone and nobody saw how. */
  | { readonly kind: "lost"; readonly reason: string };
