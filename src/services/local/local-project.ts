import type {
  BackupView,
  GarbageView,
  KeyRotationView,
  MigrationView,
  PlanView,
  ProjectApi,
  ReproductionView,
  RunDetailView,
  SnapshotView,
  StopView,
  ValohaiApi,
  ValohaiLinks,
  VerificationView,
} from "../../api/index.ts";
import type { MetadataDatabase, ProjectRecord } from "../../store/index.ts";
import type { Tracer } from "../../telemetry/index.ts";
import type { LintedConfig } from "../configuration/lint-file.ts";
import type { Asker } from "../context.ts";
import type { HostOptions } from "../hosting/host-projects.ts";
import type { GarbageRequest } from "../housekeeping/gc-request.ts";
import type { VerifyRequest } from "../housekeeping/verify-files.ts";
import type { FolderLocation } from "../installation/project-location.ts";
import type { AttachOptions, RunOptions } from "../runs/run-options.ts";
import type { CodeChangeRequest } from "./dev/code-change.ts";
import type { MigrateProgress, MigrateRequest } from "./migrate/migrate-project.ts";
import type { OutsideCode } from "./outside-code.ts";
import type { ShellOptions } from "./shell/open-shell.ts";
import type { ShellSubject } from "./shell/shell-subject.ts";

/**
 * A project that is a folder of this machine: what every project can be asked (`api`), and what only a folder has,
 * where runs are driven by this process and files lie on this disk. A reference names a run or an execution: a number,
 * `#number`, `latest`, or `number.node`.
 */
export interface LocalProject extends AsyncDisposable {
  readonly location: FolderLocation;
  /** The name of whoever is logged in on this machine, as it can stand in names. */
  readonly userName: string;
  readonly api: ProjectApi;
  /** Absent: nobody wants traces. */
  readonly tracer: Tracer | undefined;
  readonly driving: Driving;
  readonly development: Development;
  readonly upkeep: Upkeep;
  /** The same services for somebody else, who is asked for in the records, until the signal. */
  apiFor(asker: Asker): ProjectApi;
  /** The same in the shapes of Valohai's API. */
  valohaiFor(asker: Asker & { readonly links: ValohaiLinks }): Promise<ValohaiApi>;
  /** Hides the project's secrets in what one of its steps tells. */
  hideSecrets(text: string): Promise<string>;
  /** The database of the records, and the project in it; closed with the project. */
  openRecords(): Promise<{ readonly database: MetadataDatabase; readonly record: ProjectRecord }>;
  /** Opens a shell in the place of a step, on the terminal; resolves with its exit code. Nothing is recorded. */
  shell(subject: ShellSubject, options: ShellOptions): Promise<number>;
  /** `api.configuration.lint` of a commit, with the text that its places stand in. */
  lintCommit(commit: string): Promise<LintedConfig>;
  /** Writes the snapshot that an execution or run used into a new or empty folder. */
  checkout(ref: string, folder: string): Promise<SnapshotView>;
  /** Writes the outputs below `folder`; returns the paths written. */
  downloadOutputs(
    ref: string,
    folder: string,
    options: { readonly overwrite: boolean; readonly name?: string },
  ): Promise<readonly string[]>;
  /**
   * The first of these paths that lies in the project's folder and is no part of the code that an execution or run
   * used; undefined for none.
   */
  outsideCode(ref: string, paths: readonly string[]): Promise<OutsideCode | undefined>;
}

/** Runs that this process drives, or follows. */
export interface Driving {
  /** Records a run of a plan (`api.plans`) and executes it to its end. Throws before anything is recorded. */
  run(plan: string, options: RunOptions): Promise<RunDetailView>;
  /** Returns what `reproduce` would do, to be shown. */
  planReproduction(ref: string): Promise<Pick<PlanView, "name" | "nodes">>;
  /** Executes a run or an execution once more as it was recorded, and compares every output. */
  reproduce(ref: string, options: RunOptions): Promise<ReproductionView>;
  /**
   * Carries on with a run whose process died: what ended stays, steps that still run are adopted, the rest is done.
   * Throws HR_CONFLICT while another process drives it.
   */
  resume(ref: string, options: RunOptions): Promise<RunDetailView>;
  /** Starts an engine in the background for a recorded run, unless one works for the project already. */
  ensureEngine(run: number): Promise<void>;
  /** Follows a run that any process drives, to its end or until the signal; the run itself goes on. */
  attach(ref: string, options: AttachOptions): Promise<RunDetailView>;
  /**
   * Waits until a run or an execution that was asked to stop has stopped; drives a run to its end that nobody drives.
   */
  finishStop(ref: string): Promise<StopView>;
  /**
   * Works for every run of the project, until the signal or until there is nothing left to do. Steps that run then go
   * on for an engine to come.
   */
  runEngine(options: EngineOptions): Promise<void>;
}

/** A step that is run again after each save. */
export interface Development {
  /** Stores the code as it is now, and returns its name: equal names, equal code. */
  captureCode(): Promise<string>;
  /** Returns the difference between two versions of the code, and whether it concerns a step. */
  compareSaves(request: CodeChangeRequest): Promise<CodeChange>;
  /** The number of the newest execution of a step, or of a node of that name. */
  newestOfStep(step: string): Promise<number | undefined>;
  /** The inputs of an earlier execution of a step that came from files of this machine, with how these stand now. */
  localInputs(ref: string, step: string): Promise<readonly LocalInput[]>;
  /** Changes when a file behind one of these paths is saved. */
  stampOf(uris: readonly string[]): Promise<string>;
}

/** Care of what the project keeps. */
export interface Upkeep {
  /** Removes what the rules let go and what nothing needs, or says what that is. Safe while runs go on. */
  collectGarbage(request: GarbageRequest): Promise<GarbageView>;
  /**
   * At the end of a run, at most once a day: what nothing refers to, and very old logs. Undefined when it was not due.
   */
  clearUpDaily(): Promise<GarbageView | undefined>;
  /** Compares recorded hashes with the stored bytes. */
  verify(request: VerifyRequest): Promise<VerificationView>;
  /**
   * Copies the project's records and stored files to another database and store; nothing is taken away here. Throws
   * HR_CONFLICT while anything runs.
   */
  migrate(request: MigrateRequest, onProgress?: (progress: MigrateProgress) => void): Promise<MigrationView>;
  /**
   * Seals the project's secrets with the first key of its keys, before which `makesKey` puts a new one. Throws
   * HR_SECRETS.
   */
  rotateKeys(request: { readonly makesKey: boolean }): Promise<KeyRotationView>;
  /** Copies records and stored files into a new folder, also while runs go on. */
  backup(folder: string): Promise<BackupView>;
  /** Brings a backup here. Throws HR_CONFLICT where the project has records. */
  restore(folder: string): Promise<BackupView>;
  /** Has the project's Python environments built anew, each when a step next needs it. */
  rebuildPythonEnvironments(): Promise<void>;
}

export interface CodeChange {
  /** The files that differ. */
  readonly paths: readonly string[];
  /**
   * `hardly`: by all that was seen it does not, and there is no proof. `perhaps`: nothing is known of what the step
   * reads.
   */
  readonly concerns: "yes" | "no" | "hardly" | "perhaps";
}

/** An input that came from files of this machine. */
export interface LocalInput {
  readonly name: string;
  readonly uris: readonly string[];
  readonly stamp: string;
}

export type EngineOptions = HostOptions;
