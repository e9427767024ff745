import type { StopWishView, SubjectView } from "./answers.ts";
import type { AliasesApi, DatasetsApi } from "./catalog-api.ts";
import type { StepChecksView } from "./checks.ts";
import type { CodeFileView, CodeTextView } from "./code-files.ts";
import type { CodeUpload, MissingCodeView, StoredCodeView } from "./code-uploads.ts";
import type { ComparisonPageView } from "./comparisons.ts";
import type { ConfigurationView, LintReport, PipelineGraph } from "./definitions.ts";
import type { EnvironmentView } from "./environments.ts";
import type { EventView } from "./event-feed.ts";
import type { ExecutionView } from "./executions.ts";
import type { ContentPart, ContentsQuery, FilesUpload, LackingContentsView, ReceivedPartView } from "./file-uploads.ts";
import type { DatumView, FileHolderView, ListedFileView, PurgeRequest } from "./files.ts";
import type { GarbageView } from "./housekeeping.ts";
import type { LineageQuery, LineageView } from "./lineage.ts";
import type { LogBatchView, LogHitsView, LogLine, LogPartView, LogWindowView } from "./logs.ts";
import type { MachineUseView } from "./machine-use.ts";
import type { MetricPointView, MetricSeriesView } from "./metrics.ts";
import type { ModelsApi } from "./models-api.ts";
import type { OpenLineageEvent } from "./openlineage.ts";
import type { Page } from "./page.ts";
import type { ForesightView, PlannedView, PlanRequest, StartRequest } from "./plans.ts";
import type {
  CodeQuery,
  EventsQuery,
  ExecutionsQuery,
  FilesQuery,
  LogQuery,
  LogSearchQuery,
  LogWindowQuery,
  NodesQuery,
  OutputsQuery,
  PageRequest,
  PointsQuery,
  RunsQuery,
  SeriesQuery,
} from "./queries.ts";
import type { WhyView } from "./reasons.ts";
import type {
  ExecutionListView,
  NodeView,
  RecordedRunView,
  RunLabels,
  RunListView,
  RunRecordView,
  RunView,
} from "./runs.ts";
import type { NewSavedView, SavedViewView } from "./saved-views.ts";
import type { StorageView } from "./storage.ts";
import type { TableView } from "./tables.ts";
import type { MoreTrials, TaskView } from "./tasks.ts";
import type { NewVariableRequest, VariableGroupView, VariableView } from "./variables.ts";
import type { ApprovalRequest, ApprovalView } from "./waiting.ts";

/**
 * The calls that every face makes to a project: to one in this process, or to one behind a server. They take and give
 * the JSON of this room alone, so that they say the same over HTTP: no folder of this machine, no callback, no signal.
 * A caller that has read enough of a stream leaves its loop. A method that a run or an execution is named to takes a
 * number, `latest`, or `number.node`, and throws HR_NOT_FOUND where there is none.
 */
export interface ProjectApi {
  readonly code: CodeApi;
  readonly plans: PlansApi;
  readonly runs: RunsApi;
  readonly nodes: NodesApi;
  readonly tasks: TasksApi;
  readonly executions: ExecutionsApi;
  readonly records: RecordsApi;
  readonly data: DataApi;
  readonly aliases: AliasesApi;
  readonly datasets: DatasetsApi;
  readonly models: ModelsApi;
  readonly metrics: MetricsApi;
  readonly logs: LogsApi;
  readonly events: EventsApi;
  readonly environments: EnvironmentsApi;
  readonly configuration: ConfigurationApi;
  readonly variables: VariablesApi;
  readonly storage: StorageApi;
  readonly savedViews: SavedViewsApi;
}

/** Versions of the code that come from elsewhere. */
export interface CodeApi {
  /** Returns the contents that the project lacks, of a list of files as snapshots spell it. */
  missing(manifest: Uint8Array): Promise<MissingCodeView>;
  /**
   * Stores a version, of which the contents that the project lacks are sent along. Throws HR_CONFLICT where some are
   * lacking still, HR_BLOB_DAMAGED where bytes are not those of their hash.
   */
  store(upload: CodeUpload): Promise<StoredCodeView>;
}

/**
 * The plans of what would be run: held against the configuration, and kept for a while so that what was shown is what
 * is run.
 */
export interface PlansApi {
  /** Throws every problem of the request and the configuration; nothing is recorded. URIs stand without credentials. */
  create(request: PlanRequest): Promise<PlannedView>;
  /** Throws what the run would throw before its first step; nothing is recorded, stored or downloaded. */
  foresee(plan: string): Promise<ForesightView>;
}

export interface RunsApi {
  /** Records a run of a plan, and leaves it to an engine that works for the project. */
  start(plan: string, request: StartRequest): Promise<RecordedRunView>;
  /** Newest first, or in the order of a value. */
  list(query: RunsQuery): Promise<RunListView>;
  get(run: string): Promise<RunRecordView>;
  /** Records that the run is to stop; whoever drives it stops it. */
  stop(run: string): Promise<StopWishView>;
  /** Says whether a node may begin that waits for it; HR_CONFLICT where somebody has said so already. */
  decide(run: string, node: string, request: ApprovalRequest): Promise<ApprovalView>;
  /** Labels the run; for an execution, the run that it belongs to. Returns the run as it is then. */
  label(run: string, labels: RunLabels): Promise<RunView>;
  /** With all that only they need. Throws HR_CONFLICT, and removes none, where one of them cannot go. */
  remove(runs: readonly string[]): Promise<GarbageView>;
  /** Runs that have not ended and that no process drives any more, oldest first. */
  listAbandoned(): Promise<readonly RunView[]>;
}

export interface NodesApi {
  /** In the plan's order. */
  list(run: string, query: NodesQuery): Promise<Page<NodeView>>;
}

/** Nodes of runs with many executions. Throws HR_USAGE where a node is no task. */
export interface TasksApi {
  /** With all its trials. */
  get(run: string, node: string): Promise<TaskView>;
  /** Records that the task is to stop, and what runs of it; its run goes on as its rules say. */
  stop(run: string, node: string): Promise<StopWishView>;
  /** Lets a task that goes on make more executions; HR_CONFLICT where it has ended. */
  addTrials(run: string, node: string, more: MoreTrials): Promise<TaskView>;
  /** Stops an execution of a task, which then counts as one that does worse than others. */
  prune(execution: string): Promise<StopWishView>;
}

export interface ExecutionsApi {
  /** Newest first, or in the order of a value. */
  list(query: ExecutionsQuery): Promise<ExecutionListView>;
  get(execution: string): Promise<ExecutionView>;
  /** Returns its use of the machine, up to now while it runs; null if nothing was noted. */
  machineUse(execution: string): Promise<MachineUseView | null>;
  /** Returns the results of its checks; null if its step has none. */
  checks(execution: string): Promise<StepChecksView | null>;
  /** Records that the execution is to stop; whoever drives its run stops it. */
  stop(execution: string): Promise<StopWishView>;
}

/** The calls that runs and executions have in common. */
export interface RecordsApi {
  get(ref: string): Promise<SubjectView>;
  /** Compares runs, or executions; runs a page of nodes at a time. */
  compare(refs: readonly string[], page: PageRequest): Promise<ComparisonPageView>;
  /** Returns the reasons why the nodes of a run, or one of them, ran or were reused; in the plan's order. */
  why(ref: string, page: PageRequest): Promise<Page<WhyView>>;
  /** Lists the files of the code that was used, by path; none where that version is stored no more. */
  codeFiles(ref: string, page: PageRequest): Promise<Page<CodeFileView>>;
  /** Returns one of them with its text. Throws HR_NOT_FOUND where the code has no such file. */
  codeText(ref: string, path: string): Promise<CodeTextView>;
}

/** Bytes from `start` up to but not including `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

/** Stored files. */
export interface DataApi {
  list(query: FilesQuery): Promise<Page<ListedFileView>>;
  /** Lists the files behind the nodes of a run (also what earlier runs made), or those that an execution made. */
  outputs(ref: string, query: OutputsQuery): Promise<Page<DatumView>>;
  /** By `datum://ID` or by the short name of outputs: `45.select/scores.json`, `latest/*.png`. */
  find(name: string): Promise<readonly DatumView[]>;
  get(id: string): Promise<DatumView>;
  /** Returns the aliases and the versions of datasets that have a file. */
  holders(id: string): Promise<readonly FileHolderView[]>;
  /** Returns the contents of files that the project lacks, and the bytes of each that have come in parts. */
  lacking(query: ContentsQuery): Promise<LackingContentsView>;
  /** Takes in a part of a content. Throws HR_CONFLICT where it does not follow what has come. */
  receive(part: ContentPart): Promise<ReceivedPartView>;
  /**
   * Stores files, all of them or none. Throws HR_CONFLICT where contents are lacking, HR_USAGE where bytes are not
   * those of their hash.
   */
  store(upload: FilesUpload): Promise<readonly DatumView[]>;
  /**
   * The bytes of files go, and their records say so. Throws HR_CONFLICT where a run that goes on may need one; with
   * `unlessNeeded` also where an alias, a version or an execution has one.
   */
  purge(files: readonly string[], options?: Omit<PurgeRequest, "files">): Promise<readonly DatumView[]>;
  /** Returns everything that files, an execution or a run were made of, and everything that was made of them. */
  lineage(query: LineageQuery): Promise<LineageView>;
  /** Returns the events of OpenLineage of a run, a task or an execution; a page has those of `limit` executions. */
  openLineage(ref: string, page: PageRequest): Promise<Page<OpenLineageEvent>>;
  /**
   * Its bytes, or those of a range; a range past the end gives what there is. All of them together end with
   * HR_BLOB_DAMAGED where they are not those that were recorded.
   */
  content(id: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /**
   * Returns the columns of a table with their content, and its first rows. Throws HR_TABLE where it is none, or cannot
   * be read.
   */
  table(id: string): Promise<TableView>;
}

/** The values that steps print as JSON, over time. */
export interface MetricsApi {
  /** The course of each metric, execution by execution. */
  list(query: SeriesQuery): Promise<Page<MetricSeriesView>>;
  /** Every point, in the order of printing. */
  points(query: PointsQuery): Promise<Page<MetricPointView>>;
}

/** The output of steps. For a run: what all its executions print, one after another. */
export interface LogsApi {
  /** A page of lines, oldest first. `next` asks for what comes after these, also where they are the last by now. */
  list(ref: string, query: LogQuery & { readonly limit: number }): Promise<LogPartView>;
  lines(ref: string, query: LogQuery): AsyncIterable<LogLine>;
  /** The same by what is at hand at once, each with the cursor to go on from. */
  parts(ref: string, query: LogQuery): AsyncIterable<LogPartView>;
  /** The same byte for byte: one stream, or both in the order in which they came. A piece is valid until the next. */
  bytes(ref: string, query: Pick<LogQuery, "stream">): AsyncIterable<Uint8Array>;
  /** Follows one execution, by what came at once, to its end: what is shown live. */
  follow(execution: string, query: Pick<LogQuery, "tail" | "from">): AsyncIterable<LogBatchView>;
  /** Lines of one execution by their numbers, wherever they stand: what is shown of a log of any length. */
  window(execution: string, query: LogWindowQuery): Promise<LogWindowView>;
  /** The numbers of its lines that have a text in them. */
  search(execution: string, query: LogSearchQuery): Promise<LogHitsView>;
}

/** The events, in their order. */
export interface EventsApi {
  /** Oldest first. `next` asks for what comes after these, also where they are the last by now. */
  list(
    query: EventsQuery & { readonly limit: number },
  ): Promise<{ readonly items: readonly EventView[]; readonly next: string }>;
  /** Gives the events that there are, and then those that come, each once. */
  follow(query: EventsQuery): AsyncIterable<EventView>;
}

/** The places where steps can run. */
export interface EnvironmentsApi {
  /** In the order of the settings, and whether they can run a step now. */
  list(): Promise<readonly EnvironmentView[]>;
}

/** The definitions in the project's file. */
export interface ConfigurationApi {
  /** Never throws for a file with errors in it. `lint` tells what the checks say that look at other files. */
  get(of?: CodeQuery): Promise<ConfigurationView>;
  lint(of?: CodeQuery): Promise<LintReport>;
  /** Returns the graph of a pipeline: the only one, if none is named. */
  graph(pipeline?: string, of?: CodeQuery): Promise<PipelineGraph>;
}

/** The room that stored things take. */
export interface StorageApi {
  usage(): Promise<StorageView>;
  /** Returns the files that a clean-up would remove. Throws HR_CONFLICT while somebody clears up. */
  garbage(): Promise<GarbageView>;
  /** Removes them. Throws HR_CONFLICT while somebody clears up. */
  clear(): Promise<GarbageView>;
}

/** The variables and secrets that steps get beside those of the configuration. */
export interface VariablesApi {
  /** The project's own first, then the groups by name, those of the server before those of the project. */
  list(): Promise<readonly VariableGroupView[]>;
  /** Throws HR_USAGE for a name or a value that no variable can have. */
  set(variable: NewVariableRequest): Promise<VariableView>;
  /** Throws HR_NOT_FOUND. */
  remove(name: string, of?: { readonly group?: string; readonly shared?: boolean }): Promise<void>;
  /** Throws HR_CONFLICT where there is one of the name. */
  makeGroup(group: string, of?: { readonly shared?: boolean }): Promise<VariableGroupView>;
  /** With its variables. Throws HR_NOT_FOUND. */
  removeGroup(group: string, of?: { readonly shared?: boolean }): Promise<void>;
}

/** Lists of runs as users want to see them again. */
export interface SavedViewsApi {
  /** The caller's own, and those that others share, by name. */
  list(): Promise<readonly SavedViewView[]>;
  /** In place of the caller's earlier one of the name. Throws HR_USAGE for a name that is none, and for too many. */
  save(name: string, view: NewSavedView): Promise<SavedViewView>;
  /** Throws HR_NOT_FOUND where the caller has none of the name. */
  remove(name: string): Promise<void>;
}
