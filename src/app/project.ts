import type {
  ComparisonView,
  DatumView,
  EnvironmentView,
  ExecutionView,
  GarbageView,
  LogBatchView,
  LogLine,
  MetricPointView,
  MetricSeriesView,
  MigrationView,
  NodeView,
  Page,
  ReproductionView,
  RunDetailView,
  RunNotice,
  RunView,
  ServeNotice,
  SnapshotView,
  VerificationView,
  WhyView,
} from "../api/index.ts";
import type { ConfigResult } from "../config/index.ts";
import type { StepTerminal } from "../executors/index.ts";
import type { Plan, RunRequest } from "../planning/index.ts";
import type { EventRecord, ExecutionQuery, FileQuery, NodeQuery, RunLabels } from "../store/index.ts";
import type { CodeChangeRequest } from "./from/code-change.ts";
import type { FromRequest } from "./from/plan-from.ts";
import type { GarbageRequest } from "./housekeeping/gc-request.ts";
import type { VerifyRequest } from "./housekeeping/verify-files.ts";
import type { ListRequest, RunListView } from "./lists/list-rows.ts";
import type { SeriesRequest } from "./metrics/metric-series.ts";
import type { MigrateProgress, MigrateRequest } from "./migrate/migrate-project.ts";
import type { OutsideCode } from "./outside-code.ts";
import type { ProjectLocation } from "./project-location.ts";
import type { LogRequest } from "./read-logs.ts";
import type { ShellOptions } from "./shell/open-shell.ts";
import type { ShellSubject } from "./shell/shell-subject.ts";
import type { Foresight } from "./why/why-view.ts";

/**
 * An opened project: the services that every face (command line, server) calls. Results are the documented JSON shapes.
 * `ref` is what a user types for a run or an execution: a number, `#number`, `latest`, or `number.node`.
 */
export interface Project extends AsyncDisposable {
  readonly location: ProjectLocation;
  /** Config and diagnostics of the project's file; never throws for a file with errors in it. */
  loadConfig(): Promise<ConfigResult>;
  /** What a run would do, to be shown: without the credentials that URIs may hold. */
  plan(request: RunRequest): Promise<Plan>;
  /**
   * What would become of each of the plan's nodes: run, or be reused; in the plan's order. Throws what `run` would throw before its first step.
   * Nothing is recorded, stored or downloaded.
   */
  predict(request: RunRequest): Promise<Foresight>;
  /** What `runFrom` would say beforehand; throws as it would. */
  predictFrom(request: FromRequest): Promise<Pick<Foresight, "warnings">>;
  /** Records a run and executes it to its end. Throws before anything is recorded when the request does not fit. */
  run(request: RunRequest, options: RunOptions): Promise<RunDetailView>;
  /** What `runFrom` would do, to be shown. */
  planFrom(request: FromRequest): Promise<Plan>;
  /** Runs one step with today's code on the inputs and with the parameters of an earlier execution. */
  runFrom(request: FromRequest, options: RunOptions): Promise<RunDetailView>;
  /** Stores the code as it is now, and returns its name: equal names, equal code. */
  captureCode(): Promise<string>;
  /** What lies between two versions of the code, and whether it concerns a step. */
  compareSaves(request: CodeChangeRequest): Promise<CodeChange>;
  /** The number of the newest execution of a step, or of a node of that name. */
  newestOfStep(step: string): Promise<number | undefined>;
  /** The inputs of an earlier execution of a step that came from files of this machine, with how these stand now. */
  localInputs(ref: string, step: string): Promise<readonly LocalInput[]>;
  /** Changes when a file behind one of these paths is saved. */
  stampOf(uris: readonly string[]): Promise<string>;
  /** What `reproduce` would do, to be shown. */
  planReproduction(ref: string): Promise<Plan>;
  /** Executes a run or an execution once more as it was recorded, and compares every output. */
  reproduce(ref: string, options: Omit<RunOptions, "commit">): Promise<ReproductionView>;
  /** Opens a shell in the place of a step, on the terminal; resolves with its exit code. Nothing is recorded. */
  shell(subject: ShellSubject, options: ShellOptions): Promise<number>;
  /** Carries on with a run whose process died: what ended stays, steps that still run are adopted, the rest is done. Throws HR_CONFLICT while another process drives it. */
  resume(ref: string, options: RunOptions): Promise<RunDetailView>;
  /** Records a run and leaves it to an engine that works for the project; starts one in the background where none lives. */
  runDetached(request: RunRequest, options: RunOptions): Promise<RunView>;
  /** Follows a run that any process drives, to its end or until the signal; the run itself goes on. */
  attach(ref: string, options: AttachOptions): Promise<RunDetailView>;
  /** Works for every run of the project, until the signal or until there is nothing left to do. Steps that run then go on for an engine to come. */
  serve(options: ServeOptions): Promise<void>;
  /** Runs that have not ended and that no process drives any more, oldest first. */
  listAbandoned(): Promise<readonly RunView[]>;
  /** The places where steps can run, in the order of headrace.config.yaml, and whether they can now. */
  listEnvironments(): Promise<readonly EnvironmentView[]>;
  /** Has the project's Python environments built anew, each when a step next needs it. */
  rebuildPythonEnvironments(): Promise<void>;
  /** Runs or executions, newest first or in the order of a value, with the values that were asked for. */
  listRuns(request: ListRequest): Promise<RunListView>;
  /** Executions in pages, by any filter in any order: `after` is `next` of the page before. */
  listExecutions(query: ExecutionQuery): Promise<Page<ExecutionView>>;
  /** The nodes of a run in pages, in the plan's order. */
  listNodes(ref: string, query: NodeQuery): Promise<Page<NodeView>>;
  /** Stored files in pages. */
  listFiles(query: FileQuery): Promise<Page<DatumView>>;
  info(
    ref: string,
  ): Promise<{ readonly kind: "run"; readonly run: RunDetailView } | { readonly kind: "execution"; readonly execution: ExecutionView }>;
  /** Log lines of an execution (of a run: of all its executions, node after node); with `follow`, until it has ended. */
  logs(ref: string, options: LogRequest): AsyncIterable<LogLine>;
  /** The same byte for byte: one stream, or both in the order in which they came. Each chunk is valid until the next. */
  rawLogs(ref: string, stream: "stdout" | "stderr" | undefined): AsyncIterable<Uint8Array>;
  /** The log of one execution as it comes, to its end: what is shown live. With `tail`, from its last lines on. */
  followLog(execution: number, options: { readonly tail?: number; readonly signal: AbortSignal }): AsyncIterable<LogBatchView>;
  /** The course of each metric of the named runs and executions; with keys, of these only and with every point. */
  metrics(refs: readonly string[], request: SeriesRequest): Promise<readonly MetricSeriesView[]>;
  /** Every metadata point of them, in the order of printing; each call of what it returns reads anew. */
  metricPoints(refs: readonly string[]): () => AsyncIterable<MetricPointView>;
  /** Stored files by `datum://ID` or by the short name of outputs: `45.select/scores.json`, `latest/*.png`. */
  findFiles(name: string): Promise<readonly DatumView[]>;
  /** Its bytes; ends with HR_BLOB_DAMAGED where they are not those that were recorded. */
  fileContent(file: DatumView): AsyncIterable<Uint8Array>;
  /** Writes a title, a note or tags on a run; returns it as it is then. */
  label(ref: string, labels: RunLabels): Promise<RunView>;
  outputs(ref: string): Promise<readonly DatumView[]>;
  /** Writes the outputs below `folder`; returns the paths written. */
  downloadOutputs(ref: string, folder: string, options: { readonly overwrite: boolean }): Promise<readonly string[]>;
  /** Asks a run or execution to stop, and waits until it has. */
  stop(ref: string): Promise<{ readonly stopped: boolean; readonly state: string }>;
  compare(refs: readonly string[]): Promise<ComparisonView>;
  /** The first of these paths that lies in the project's folder and is no part of the code that an execution or run used; undefined for none. */
  outsideCode(ref: string, paths: readonly string[]): Promise<OutsideCode | undefined>;
  /** Writes the snapshot that an execution or run used into a new or empty folder. */
  checkout(ref: string, folder: string): Promise<SnapshotView>;
  /** Why the nodes of a run, or one of them, ran or were reused. */
  why(ref: string): Promise<readonly WhyView[]>;
  /** Removes runs with all that only they need; throws HR_CONFLICT, and removes none, where one of them cannot go. */
  removeRuns(refs: readonly string[]): Promise<GarbageView>;
  /** Removes what the rules let go and what nothing needs, or says what that is. Safe while runs go on. */
  collectGarbage(request: GarbageRequest): Promise<GarbageView>;
  /** At the end of a run, at most once a day: what nothing refers to, and very old logs. Undefined when it was not due. */
  clearUpDaily(): Promise<GarbageView | undefined>;
  /** Compares recorded hashes with the stored bytes. */
  verify(request: VerifyRequest): Promise<VerificationView>;
  /** Copies the project's records and stored files to another database and store; nothing is taken away here. Throws HR_CONFLICT while anything runs. */
  migrate(request: MigrateRequest, onProgress?: (progress: MigrateProgress) => void): Promise<MigrationView>;
}

export interface CodeChange {
  /** The files that differ. */
  readonly paths: readonly string[];
  /** `hardly`: by all that was seen it does not, and there is no proof. `perhaps`: nothing is known of what the step reads. */
  readonly concerns: "yes" | "no" | "hardly" | "perhaps";
}

/** An input that came from files of this machine. */
export interface LocalInput {
  readonly name: string;
  readonly uris: readonly string[];
  readonly stamp: string;
}

export interface RunOptions {
  readonly jobs?: number;
  readonly title?: string;
  readonly tags: readonly string[];
  /** A version of the code that is stored, in place of the one at hand. */
  readonly commit?: string;
  /** Called with every event of the run, in order, as it happens. */
  readonly onEvent?: (event: EventRecord) => void;
  /** What the run says to a human that is no event: warnings, progress of environment builds and downloads. */
  readonly onNotice?: (notice: RunNotice) => void;
  /** First abort: steps are interrupted and collected, the run ends as stopped. */
  readonly signal?: AbortSignal;
  /** Aborted on the second Ctrl-C: steps are killed at once. */
  readonly killSignal?: AbortSignal;
  /** The terminal of this process: a plan of one node runs on it (`run --interactive`). */
  readonly terminal?: StepTerminal;
}

export interface AttachOptions extends Pick<RunOptions, "onEvent" | "onNotice" | "signal"> {
  /** Ends, with the run as it is, when nobody has driven the run for a while. */
  readonly leavesAbandoned?: boolean;
}

export interface ServeOptions {
  /** How many steps run here at a time; absent: as many as there are processors. */
  readonly jobs?: number;
  readonly exitWhenIdle: boolean;
  readonly signal: AbortSignal;
  readonly onNotice: (notice: ServeNotice) => void;
}
