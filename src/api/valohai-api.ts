import type * as z from "zod";
import type { NewExecutionBody, NewPipelineBody, NewTaskBody } from "./http/valohai/bodies.ts";
import type { DataFilter, ExecutionsFilter, PipelinesFilter, TasksFilter } from "./http/valohai/queries.ts";
import type {
  stopAnswer,
  valohaiDatum,
  valohaiEnvironment,
  valohaiEvent,
  valohaiExecution,
  valohaiExecutionDetail,
  valohaiPipeline,
  valohaiPipelineDetail,
  valohaiTask,
  valohaiTaskDetail,
} from "./http/valohai/shapes.ts";
import type { Json } from "./shape.ts";

export type ValohaiExecution = Json<typeof valohaiExecution>;
export type ValohaiExecutionDetail = Json<typeof valohaiExecutionDetail>;
export type ValohaiEvent = Json<typeof valohaiEvent>;
export type ValohaiDatum = Json<typeof valohaiDatum>;
export type ValohaiPipeline = Json<typeof valohaiPipeline>;
export type ValohaiPipelineDetail = Json<typeof valohaiPipelineDetail>;
export type ValohaiTask = Json<typeof valohaiTask>;
export type ValohaiTaskDetail = Json<typeof valohaiTaskDetail>;
export type ValohaiEnvironment = Json<typeof valohaiEnvironment>;
export type ValohaiStop = z.output<typeof stopAnswer>;

export interface CountedList<Item> {
  readonly count: number;
  readonly results: readonly Item[];
}

/** Filters whose users were looked up: `creator` is an actor here, `null` one who is not there. */
type OfActor<Filter extends { readonly creator?: unknown }> = Omit<Filter, "creator" | "project"> & {
  readonly creator?: string | null | undefined;
};

/**
 * A project as Valohai's clients know it: executions and pipelines by counter, `latest` or id. An execution of a step
 * that runs in any case is there from the moment at which it was asked for.
 */
export interface ValohaiApi {
  readonly executions: {
    list(filter: OfActor<ExecutionsFilter>): Promise<CountedList<ValohaiExecution>>;
    get(ref: string, without?: ReadonlySet<string>): Promise<ValohaiExecutionDetail>;
    create(body: Omit<NewExecutionBody, "project">): Promise<ValohaiExecutionDetail>;
    /** The same step of the same code, with the parameters and inputs of an earlier execution. */
    copy(ref: string): Promise<ValohaiExecutionDetail>;
    stop(ref: string): Promise<ValohaiStop>;
    /** With its run; refused for a node of a pipeline. */
    remove(ref: string): Promise<void>;
    setTags(ref: string, tags: readonly string[]): Promise<ValohaiExecutionDetail>;
    /** The last so many lines of its log and of what happened to it; 0: all. */
    events(ref: string, limit: number): Promise<{ total: number; truncated: boolean; events: ValohaiEvent[] }>;
    statusEvents(ref: string): Promise<readonly ValohaiEvent[]>;
    /** Every point of its metadata, oldest first. */
    metadata(ref: string, page: { readonly limit: number; readonly offset: number }): Promise<CountedList<object>>;
  };
  readonly pipelines: {
    list(filter: OfActor<PipelinesFilter>): Promise<CountedList<ValohaiPipeline>>;
    get(ref: string): Promise<ValohaiPipelineDetail>;
    create(body: Omit<NewPipelineBody, "project">): Promise<ValohaiPipelineDetail>;
    stop(ref: string): Promise<ValohaiStop>;
    setTags(ref: string, tags: readonly string[]): Promise<ValohaiPipelineDetail>;
  };
  /** By the counter of their run, `latest` or id; those that have begun. */
  readonly tasks: {
    list(filter: OfActor<TasksFilter>): Promise<CountedList<ValohaiTask>>;
    get(ref: string): Promise<ValohaiTaskDetail>;
    create(body: Omit<NewTaskBody, "project">): Promise<ValohaiTaskDetail>;
    stop(ref: string): Promise<ValohaiStop>;
  };
  readonly data: {
    list(filter: Omit<DataFilter, "project">): Promise<CountedList<ValohaiDatum>>;
    get(id: string): Promise<ValohaiDatum>;
  };
  readonly environments: {
    list(withCounts: boolean): Promise<readonly ValohaiEnvironment[]>;
  };
  /** Returns the numbers of executions, in all and by status: `count`, `complete_count` … */
  summary(): Promise<Readonly<Record<string, number>>>;
}

/** The present name of the project, and functions that make addresses of its objects: of the API, and of pages. */
export interface ValohaiLinks {
  readonly project: ValohaiExecution["project"];
  readonly api: (path: string) => string;
  readonly display: (path: string) => string;
}
