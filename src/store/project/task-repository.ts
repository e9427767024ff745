import type { Actor } from "../events/actor.ts";
import type { TrialRecord } from "../records.ts";
import type { ReusedTrial, TaskEnd, TaskWishes, TrialRange, Wish } from "./requests.ts";
import type { ProjectScope } from "./scope.ts";
import { type ListedTask, listTasks, type TaskFilter } from "./task-list.ts";
import {
  addTrials,
  beginTask,
  finishTask,
  getTrial,
  listTaskExecutions,
  listTrials,
  pruneTrial,
  reuseTrials,
  stopTask,
  taskWishes,
} from "./tasks.ts";

/** Tasks of runs: nodes with many executions, each of which is a trial. */
export interface TaskRepository {
  /**
   * The executions of a task, in the order in which they came to it, with each attempt of a trial: all, or those of
   * some trials.
   */
  listTrials(runId: string, node: string, range?: TrialRange): Promise<readonly TrialRecord[]>;
  /** A page of the tasks of the project that have begun, and the number of all. */
  list(
    filter: TaskFilter,
    span: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly items: readonly ListedTask[]; readonly count: number }>;
  /** The executions of all tasks of a run. */
  listExecutions(runId: string): Promise<readonly string[]>;
  /** The last execution of one trial. */
  getTrial(runId: string, node: string, trial: number): Promise<TrialRecord | undefined>;
  wishes(runId: string, node: string): Promise<TaskWishes>;
  /** The task makes executions from now on. False where it has begun before. */
  begin(runId: string, node: string, at: number, fence?: number): Promise<boolean>;
  /** Earlier executions stand for trials. Throws RefusedWrite (`lost`) where one is no longer there. */
  reuse(runId: string, node: string, trials: readonly ReusedTrial[], at: number, fence?: number): Promise<void>;
  /** Asks an execution to stop for doing worse than others. False where it has ended, or was asked before. */
  prune(
    runId: string,
    node: string,
    request: {
      readonly executionId: string;
      readonly reason: string;
      readonly at: number;
      readonly actor?: Actor | undefined;
    },
  ): Promise<boolean>;
  /** Asks a task to stop, and what runs of it. False where it has ended. */
  requestStop(runId: string, node: string, wish: Wish): Promise<boolean>;
  /** Throws RefusedWrite (`ended`) where the task has ended. */
  addTrials(
    runId: string,
    node: string,
    request: { readonly count: number; readonly at: number; readonly actor: Actor },
  ): Promise<void>;
  finish(runId: string, node: string, end: TaskEnd): Promise<void>;
}

export function taskRepository({ database, project, change }: ProjectScope): TaskRepository {
  return {
    listTrials: (runId, node, range) => listTrials(database, project, { runId, node }, range),
    list: (filter, span) => listTasks(database, project, filter, span),
    listExecutions: (runId) => listTaskExecutions(database, project, runId),
    getTrial: (runId, node, trial) => getTrial(database, project, { runId, node, trial }),
    wishes: (runId, node) => taskWishes(database, project, runId, node),
    begin: (runId, node, at, fence) => change((open) => beginTask(open, runId, node, { at, fence })),
    reuse: (runId, node, trials, at, fence) => change((open) => reuseTrials(open, runId, node, trials, { at, fence })),
    prune: (runId, node, request) => change((open) => pruneTrial(open, runId, node, request)),
    requestStop: (runId, node, wish) => change((open) => stopTask(open, runId, node, wish)),
    addTrials: (runId, node, request) => change((open) => addTrials(open, runId, node, request)),
    finish: (runId, node, end) => change((open) => finishTask(open, runId, node, end)),
  };
}
