import type { RunState } from "../../api/index.ts";
import type { Queries } from "../database.ts";
import { statement } from "../database.ts";
import type { DatumRecord } from "../records.ts";
import { DATUM_ROWS } from "./datums.ts";
import { IDS, joinIds, KEYS, OF_PROJECT } from "./execution-keys.ts";
import { type DatumRow, toDatum } from "./rows.ts";

/** A stored file, and an execution that made it or received it. */
export interface FileLink {
  readonly file: string;
  readonly execution: string;
  /** The input that received it; absent where the execution made it. */
  readonly input?: string;
}

/** The facts by which an execution is known in a graph of files. */
export interface LinkedExecution {
  readonly id: string;
  readonly number: number;
  readonly run: number;
  /** Name of the step or pipeline that was run. */
  readonly runName: string;
  readonly node: string;
  readonly step: string;
  readonly state: RunState;
  readonly commit: string;
  readonly createdAt: number;
}

/** So many ids go into one statement, whose answer is held in memory. */
const IDS_AT_ONCE = 200;

type Asked = { project: number; ids: string };
type Bounded = Asked & { limit: number };
type LinkRow = { file: string; execution: string; input: string | null };

const selectMakers = statement<Bounded, LinkRow>(`
  ${IDS}
  select datums.id as file, executions.id as execution, null as input
  from ids join datums on datums.id = ids.id join executions on executions.key = datums.execution_key
  where executions.${OF_PROJECT} limit :limit`);

const selectReceivers = statement<Bounded, LinkRow>(`
  ${IDS}
  select input_files.datum_id as file, executions.id as execution, min(input_files.input) as input
  from ids join input_files on input_files.datum_id = ids.id join executions on executions.key = input_files.execution_key
  where executions.${OF_PROJECT} group by input_files.datum_id, executions.id limit :limit`);

const selectInputs = statement<Bounded, LinkRow>(`
  ${KEYS}
  select input_files.datum_id as file, executions.id as execution, input_files.input
  from keys join input_files on input_files.execution_key = keys.key join executions on executions.key = keys.key
  limit :limit`);

const selectOutputs = statement<Bounded, LinkRow>(`
  ${KEYS}
  select datums.id as file, executions.id as execution, null as input
  from keys join datums on datums.execution_key = keys.key join executions on executions.key = keys.key
  limit :limit`);

const selectFiles = statement<Asked, DatumRow>(`
  ${IDS} ${DATUM_ROWS.replace("from datums", "from ids join datums on datums.id = ids.id")}
  where datums.${OF_PROJECT}`);

const selectExecutions = statement<
  Asked,
  Omit<LinkedExecution, "run" | "createdAt"> & { run: number; created_at: number }
>(`
  ${KEYS}
  select executions.id, executions.number, runs.number as run, runs.name as "runName", executions.node, executions.step, executions.state,
    executions.commit_id as "commit", executions.created_at
  from keys join executions on executions.key = keys.key join runs on runs.key = executions.run_key`);

/** The ways between files and executions. */
const WAYS = {
  makersOf: selectMakers,
  receiversOf: selectReceivers,
  inputsOf: selectInputs,
  outputsOf: selectOutputs,
} as const;

/** Links in no order, at most `limit`. */
export async function linksOf(
  queries: Queries,
  project: number,
  way: keyof typeof WAYS,
  { ids, limit }: { readonly ids: readonly string[]; readonly limit: number },
): Promise<readonly FileLink[]> {
  const links: FileLink[] = [];
  for (const part of partsOf(ids)) {
    if (links.length >= limit) return links;
    const rows = await queries.all(WAYS[way], { project, ids: part, limit: limit - links.length });
    for (const { input, ...ends } of rows) links.push(input === null ? ends : { ...ends, input });
  }
  return links;
}

/** Those that are there, in no order. */
export async function listFilesById(
  queries: Queries,
  project: number,
  ids: readonly string[],
): Promise<readonly DatumRecord[]> {
  const files: DatumRecord[] = [];
  for (const part of partsOf(ids)) files.push(...(await queries.all(selectFiles, { project, ids: part })).map(toDatum));
  return files;
}

/** Those that are there, in no order. */
export async function listLinkedExecutions(
  queries: Queries,
  project: number,
  ids: readonly string[],
): Promise<readonly LinkedExecution[]> {
  const executions: LinkedExecution[] = [];
  for (const part of partsOf(ids)) {
    const rows = await queries.all(selectExecutions, { project, ids: part });
    for (const { number, run, created_at: createdAt, ...rest } of rows)
      executions.push({ ...rest, number: Number(number), run: Number(run), createdAt: Number(createdAt) });
  }
  return executions;
}

function* partsOf(ids: readonly string[]): Generator<string> {
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) yield joinIds(ids.slice(start, start + IDS_AT_ONCE));
}
