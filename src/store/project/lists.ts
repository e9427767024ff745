import { type Database, type Queries, statement } from "../database.ts";
import { PARAMETERS } from "../documents/plan-documents.ts";
import type { DatumRecord, ExecutionRecord, RunRecord } from "../records.ts";
import { IS_LATEST, joinIds } from "./execution-keys.ts";
import { listExecutionsById } from "./executions.ts";
import { readLastValues } from "./last-values.ts";
import { countExecutions, pageOfExecutions } from "./lists/execution-list.ts";
import { pageOfFiles, spanOfFiles } from "./lists/file-list.ts";
import type {
  Counted,
  ExecutionQuery,
  FileQuery,
  Listed,
  NodeQuery,
  PageRequest,
  RunQuery,
  Span,
} from "./lists/list-query.ts";
import { type ListedNode, pageOfNodes } from "./lists/node-list.ts";
import { countRuns, pageOfRuns } from "./lists/run-list.ts";
import { listRunsById } from "./runs.ts";

export type * from "./lists/list-query.ts";
export type { ListedNode } from "./lists/node-list.ts";

/**
 * Lists whose filters and orders go together freely, in pages: `after` is `next` of the page before. The cost of a
 * first page does not grow with the project, save where conditions hold for few rows that no index finds. Throws
 * HR_USAGE for a cursor of another list.
 */
export interface StoreLists {
  runs(query: RunQuery): Promise<Listed<RunRecord>>;
  executions(query: ExecutionQuery): Promise<Listed<ExecutionRecord>>;
  files(query: FileQuery): Promise<Listed<DatumRecord>>;
  /** The same by position; what it costs grows with the offset and the count. */
  runsAt(query: Omit<RunQuery, keyof PageRequest>, span: Span): Promise<Counted<RunRecord>>;
  executionsAt(query: Omit<ExecutionQuery, keyof PageRequest>, span: Span): Promise<Counted<ExecutionRecord>>;
  filesAt(query: Omit<FileQuery, keyof PageRequest>, span: Span): Promise<Counted<DatumRecord>>;
  /** The nodes of a run, in the plan's order. */
  nodes(runId: string, query: NodeQuery): Promise<Listed<ListedNode>>;
  /**
   * Parameters and last metadata behind the nodes of each of these runs, in the order of the plan; a reused node has
   * those of the execution whose results it has. Nodes without an execution are left out.
   */
  nodeValues(runIds: Iterable<string>): Promise<ReadonlyMap<string, readonly NodeValues[]>>;
  /** Returns the progress of each of these runs. Cheap also for a run of 100,000 nodes that has ended. */
  progress(runIds: Iterable<string>): Promise<ReadonlyMap<string, RunProgress>>;
}

/** The values that one node of a run was given and printed. */
export interface NodeValues {
  readonly node: string;
  readonly execution: number;
  readonly reused: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface RunProgress {
  readonly nodes: number;
  /** Nodes that are complete, skipped or failed. */
  readonly ended: number;
  /** Moments of its nodes that wait for a person; none once it has ended. */
  readonly approvals: number;
  /** True where the run has executed nothing itself: every result came from an earlier run. */
  readonly allReused: boolean;
}

interface ValuesRow {
  readonly name: string;
  readonly number: number;
  readonly reused: number;
  readonly parameters: string;
  readonly spec_v: number;
  readonly metadata: string;
  readonly metadata_v: number;
}

const selectValues = statement<{ project: number; runId: string }, ValuesRow>(`
  select nodes.name, executions.number, nodes.reused, execution_specs.parameters, execution_specs.v as spec_v, executions.metadata,
    executions.metadata_v
  from nodes
  left join node_executions as behind on behind.run_key = nodes.run_key and behind.node = nodes.name and behind.role = 'attempt' and ${IS_LATEST}
  join executions on executions.key = coalesce(behind.execution_key, nodes.best_key)
  join execution_specs on execution_specs.execution_key = executions.key
  where nodes.run_key = (select key from runs where id = :runId and project_key = :project)
  order by nodes.position`);

const selectProgress = statement<
  { project: number; runId: string },
  { nodes: number; ended: number; approvals: number }
>(`
  select count(*) as nodes, coalesce(sum(case when state in ('waiting', 'active') then 0 else 1 end), 0) as ended,
    (select count(*) from approvals join runs on runs.key = approvals.run_key
      where runs.id = :runId and runs.project_key = :project and runs.finished_at is null and decision is null) as approvals
  from nodes where run_key = (select key from runs where id = :runId and project_key = :project)`);

/** Stops at the first node with an execution of the run's own. */
const selectUse = statement<{ project: number; runId: string }, { own: number; reused: number }>(`
  select
    exists (
      select 1 from nodes join node_executions as own on own.run_key = nodes.run_key and own.node = nodes.name
      where nodes.run_key = runs.key and nodes.reused = 0
    ) as own,
    exists (select 1 from nodes where run_key = runs.key and reused = 1) as reused
  from runs where id = :runId and project_key = :project`);

/** The lists over any SQL database. */
export class SqlLists implements StoreLists {
  readonly #database: Database;
  readonly #project: number;

  constructor(database: Database, project: number) {
    this.#database = database;
    this.#project = project;
  }

  async runs(query: RunQuery): Promise<Listed<RunRecord>> {
    const { items, next } = await pageOfRuns(this.#database, this.#project, query);
    return { items: inOrder(items, await listRunsById(this.#database, this.#project, joinIds(items))), next };
  }

  async executions(query: ExecutionQuery): Promise<Listed<ExecutionRecord>> {
    const { items, next } = await pageOfExecutions(this.#database, this.#project, query);
    return { items: inOrder(items, await listExecutionsById(this.#database, this.#project, joinIds(items))), next };
  }

  files(query: FileQuery): Promise<Listed<DatumRecord>> {
    return pageOfFiles(this.#database, this.#project, query);
  }

  async runsAt(query: Omit<RunQuery, keyof PageRequest>, span: Span): Promise<Counted<RunRecord>> {
    const of = [this.#database, this.#project] as const;
    const { items } = await pageOfRuns(...of, { ...query, limit: span.offset + span.limit });
    const ids = items.slice(span.offset);
    const count = await countRuns(...of, query);
    return { items: inOrder(ids, await listRunsById(...of, joinIds(ids))), count };
  }

  async executionsAt(query: Omit<ExecutionQuery, keyof PageRequest>, span: Span): Promise<Counted<ExecutionRecord>> {
    const of = [this.#database, this.#project] as const;
    const { items } = await pageOfExecutions(...of, { ...query, limit: span.offset + span.limit });
    const ids = items.slice(span.offset);
    const count = await countExecutions(...of, query);
    return { items: inOrder(ids, await listExecutionsById(...of, joinIds(ids))), count };
  }

  filesAt(query: Omit<FileQuery, keyof PageRequest>, span: Span): Promise<Counted<DatumRecord>> {
    return spanOfFiles(this.#database, this.#project, query, span);
  }

  nodes(runId: string, query: NodeQuery): Promise<Listed<ListedNode>> {
    return pageOfNodes(this.#database, this.#project, runId, query);
  }

  nodeValues(runIds: Iterable<string>): Promise<ReadonlyMap<string, readonly NodeValues[]>> {
    return forEach(runIds, async (runId) => {
      const rows = await this.#database.all(selectValues, { project: this.#project, runId });
      return rows.map(toValues);
    });
  }

  progress(runIds: Iterable<string>): Promise<ReadonlyMap<string, RunProgress>> {
    return forEach(runIds, (runId) => progressOf(this.#database, this.#project, runId));
  }
}

/** Records that were removed since their ids were read are left out. */
function inOrder<T extends { readonly id: string }>(ids: readonly string[], records: readonly T[]): readonly T[] {
  const byId = new Map(records.map((record) => [record.id, record]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** A question per run: runs of a filtered list may lie far apart, and what lies between them is not read. */
async function forEach<T>(ids: Iterable<string>, ask: (id: string) => Promise<T>): Promise<ReadonlyMap<string, T>> {
  return new Map(await Promise.all([...ids].map(async (id): Promise<readonly [string, T]> => [id, await ask(id)])));
}

async function progressOf(queries: Queries, project: number, runId: string): Promise<RunProgress> {
  const [counts, use] = await Promise.all([
    queries.get(selectProgress, { project, runId }),
    queries.get(selectUse, { project, runId }),
  ]);
  return {
    nodes: Number(counts?.nodes ?? 0),
    ended: Number(counts?.ended ?? 0),
    approvals: Number(counts?.approvals ?? 0),
    allReused: use !== undefined && !isTrue(use.own) && isTrue(use.reused),
  };
}

/** SQLite answers with 1, PostgreSQL with true. */
function isTrue(value: unknown): boolean {
  return value === 1 || value === true;
}

function toValues(row: ValuesRow): NodeValues {
  return {
    node: row.name,
    execution: row.number,
    reused: row.reused !== 0,
    parameters: PARAMETERS.read(row.spec_v, row.parameters),
    metadata: readLastValues(row.metadata_v, row.metadata).metadata,
  };
}
