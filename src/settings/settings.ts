import type { Mount } from "../config/index.ts";

/** What an installation (a user, a team, a machine) says of itself: `headrace.config.yaml` in typed form. Plain data. */
export interface Settings {
  /** In the order of the file, those that every installation has behind them. */
  readonly environments: readonly EnvironmentSettings[];
  /** Slug of the environment of steps that name none. */
  readonly defaultEnvironment?: string;
  /** Executions of a project that may run at a time, over all runs and engines. */
  readonly concurrency?: number;
  readonly retention: RetentionSettings;
}

/** What `headrace gc` may remove; what is absent is kept for good. */
export interface RetentionSettings {
  /** The newest so many runs keep everything. */
  readonly keepRuns?: number;
  /** Runs that ended within so many seconds keep everything. */
  readonly keepForS?: number;
}

/** A place where executions run. */
export type EnvironmentSettings = LocalEnvironment | DockerEnvironment | SlurmEnvironment;

interface CommonEnvironment {
  /** Its id: lower case, in commands and records. */
  readonly slug: string;
  /** As people call it. */
  readonly name: string;
  /** Executions that may run there at a time. */
  readonly concurrency?: number;
  /** For steps that name no image. */
  readonly image?: string;
  /** What a step may use at most; one that says nothing gets all of it. */
  readonly limits: ResourceLimits;
  /** Seen by every step that runs there. */
  readonly mounts: readonly Mount[];
  /** Given to every step that runs there; the step's own count more. */
  readonly variables: Readonly<Record<string, string>>;
  /** It was named by a configuration file, and is not one of those that every installation has. */
  readonly isConfigured: boolean;
}

export interface ResourceLimits {
  readonly cpu?: number;
  readonly memoryMb?: number;
  readonly devices?: Readonly<Record<string, number>>;
}

export interface LocalEnvironment extends CommonEnvironment {
  readonly executor: "local";
  readonly local: LocalSettings;
}

export interface LocalSettings {
  readonly sandbox?: "auto" | "bubblewrap" | "unshare" | "off";
  /** `none`: a step reaches no network, not even that of this machine. Absent: all of it. */
  readonly network?: "host" | "none";
  /** Places of the machine that steps see although homes and places with credentials are closed: absolute, or `~/…`. */
  readonly shows: readonly string[];
}

export interface DockerEnvironment extends CommonEnvironment {
  readonly executor: "docker";
  readonly docker: DockerSettings;
}

export interface DockerSettings {
  /** `unix:///path` of the engine's socket; absent: DOCKER_HOST, Docker's current context, then the usual places, Podman's among them. */
  readonly host?: string;
  /** `bridge`, `none`, `host`, or a network of the engine; absent: the engine's default. */
  readonly network?: string;
  readonly pull: "missing" | "always" | "never";
  /** `auto`: whoever runs Headrace; `image`: as the image says; else `uid` or `uid:gid`. */
  readonly user: string;
  /** Folders of the machine that a step's `mounts` may name, with what is below them. */
  readonly allowMounts: readonly string[];
  /** Size of /dev/shm; PyTorch's data loaders want more than Docker's 64 MB. */
  readonly shmMb?: number;
}

export interface SlurmEnvironment extends CommonEnvironment {
  readonly executor: "slurm";
  readonly slurm: SlurmSettings;
}

export interface SlurmSettings {
  /** A folder that this machine and every node see at the same path. */
  readonly workFolder: string;
  readonly partition?: string;
  readonly account?: string;
  readonly qos?: string;
  readonly constraint?: string;
  /** Further options of `sbatch`, as they are: `--exclusive`, `--mail-type=END`. */
  readonly options: readonly string[];
  /** What runs images on the nodes; absent: steps run without their image, with a warning. */
  readonly containers?: "apptainer" | "podman";
  /** How often the queue is asked for the state of all jobs, in one question. */
  readonly pollS: number;
  /** Where the programs of Slurm are, if not on the path. */
  readonly programs?: string;
}
