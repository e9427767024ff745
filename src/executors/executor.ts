/**
 * Where a step's process runs. An executor knows nothing of databases, blobs or plans: it gets a prepared folder and a
 * script, makes a process of it, and says how that process ended. Every call may be repeated after a crash of the engine.
 */
export interface Executor extends AsyncDisposable {
  readonly name: string;
  readonly capabilities: ExecutorCapabilities;
  /** Builds or fetches what the step needs and may be shared (Python environment, image). `report` gets lines for a human. */
  prepare(job: JobSpec, report: (detail: string) => void, signal: AbortSignal): Promise<Preparation>;
  /** Starts the process, or finds the one that an earlier call with the same execution id started. */
  start(job: JobSpec, preparation: Preparation): Promise<RunningJob>;
  /** Finds a process that an earlier engine started; undefined when there was none. */
  attach(job: JobSpec): Promise<RunningJob | undefined>;
  /** Removes what is left of an ended job (containers, scratch); the job's folder belongs to the caller. */
  forget(job: Pick<JobSpec, "executionId" | "folder">): Promise<void>;
}

export interface ExecutorCapabilities {
  /** The step sees the job folder of this machine itself: inputs and outputs need no transfer. */
  readonly sharedFilesystem: boolean;
  /** `image` is honoured. */
  readonly images: boolean;
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
  readonly python?: { readonly requirementsFile?: string; readonly packages: readonly string[]; readonly version?: string };
  readonly resources?: { readonly cpuMax?: number; readonly memoryMaxMb?: number };
}

export interface Preparation {
  /** The folder that the step sees as its own: `/valohai`, or the real one where there is no sandbox. Config files name paths below it. */
  readonly valohaiRoot: string;
  /** Facts for the record: sandbox kind, Python environment hash and version, image digest … */
  readonly facts: Readonly<Record<string, string>>;
  /** Said once to the user, e.g. that the image is not used. */
  readonly warnings: readonly string[];
}

/** A process under way. Its stdout and stderr appear, byte for byte, in `logs/stdout` and `logs/stderr` of the job's folder. */
export interface RunningJob {
  readonly ended: Promise<JobEnd>;
  /** `interrupt` is SIGINT to every process of the step; `kill` is SIGKILL and leaves none behind. */
  signal(kind: "interrupt" | "kill"): Promise<void>;
}

export type JobEnd =
  /** `failedCommand` (from 1): which of the job's commands ended it, where the executor can tell. */
  | { readonly kind: "exited"; readonly exitCode: number; readonly failedCommand?: number }
  | { readonly kind: "signalled"; readonly signal: string }
  /** The process is gone and nobody saw how. */
  | { readonly kind: "lost"; readonly reason: string };
