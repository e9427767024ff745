import type { Mount } from "../config/index.ts";

/** The settings of an installation (a user, a team, a machine): `headrace.config.yaml` in typed form. Plain data. */
export interface Settings {
  /** In the order of the file, those that every installation has behind them. */
  readonly environments: readonly EnvironmentSettings[];
  /** Slug of the environment of steps that name none. */
  readonly defaultEnvironment?: string;
  /** Executions of a project that may run at a time, over all runs and engines. */
  readonly concurrency?: number;
  readonly retention: RetentionSettings;
}

/** The data that `headrace gc` may remove; what is absent is kept for good. */
export interface RetentionSettings {
  /** The newest so many runs keep everything. */
  readonly keepRuns?: number;
  /** Runs that ended within so many seconds keep everything. */
  readonly keepForS?: number;
}

/** A place where executions run. `Own` are the settings of its kind of executor, which that kind alone reads. */
export interface EnvironmentSettings<Own = unknown> {
  /** Its id: lower case, in commands and records. */
  readonly slug: string;
  /** As people call it. */
  readonly name: string;
  /** The name of the kind of executor that runs its steps; for records and people. */
  readonly executor: string;
  readonly own: Own;
  /** Executions that may run there at a time. */
  readonly concurrency?: number;
  /** For steps that name no image. */
  readonly image?: string;
  /** Price of an hour of an execution; absent: nobody counts. */
  readonly pricePerHour?: number;
  /** The most that a step may use; one that says nothing gets all of it. */
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
