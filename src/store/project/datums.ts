import { HeadraceError } from "../../errors.ts";
import { type Change, getRow } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { DATUM_PROPERTIES } from "../documents/record-documents.ts";
import { recordAudit } from "../installation/audit.ts";
import { createRecordId } from "../record-id.ts";
import type { DatumRecord, InputFileRecord } from "../records.ts";
import { type HeldExecution, requireExecution, requireHeld } from "./claims.ts";
import { IDS, joinIds, KEYS, KEYS_OF_NODES, OF_PROJECT } from "./execution-keys.ts";
import type { NewDatum, Wish } from "./requests.ts";
import { type DatumRow, type InputFileRow, toDatum, toInputFile } from "./rows.ts";

export const DATUM_ROWS = `
  select datums.id, datums.name, datums.size_bytes, datums.sha256, executions.id as execution_id, datums.uri, datums.created_at,
    datums.properties, datums.properties_v, datums.purged_at
  from datums left join executions on executions.key = datums.execution_key`;

const DATUM_SELECTION = `${DATUM_ROWS} where datums.project_key = :project`;

const selectDatum = statement<{ project: number; id: string }, DatumRow>(`${DATUM_SELECTION} and datums.id = :id`);

const selectOutputs = statement<{ project: number; executionId: string }, DatumRow>(`
  ${DATUM_SELECTION} and datums.execution_key = (select key from executions where id = :executionId) order by datums.name, datums.key`);

const selectOutputsOfNodes = statement<{ project: number; runId: string }, DatumRow>(`
  ${DATUM_ROWS} where datums.execution_key in (${KEYS_OF_NODES}) order by datums.execution_key, datums.name, datums.key`);

const selectOutputsById = statement<{ project: number; ids: string }, DatumRow>(`
  ${KEYS} ${DATUM_ROWS} where datums.execution_key in (select key from keys) order by datums.execution_key, datums.name, datums.key`);

const selectByUri = statement<{ project: number; uri: string }, DatumRow>(`
  ${DATUM_SELECTION} and datums.uri = :uri and datums.purged_at is null order by datums.key desc limit 1`);

const selectByContent = statement<{ project: number; sha256: string }, DatumRow>(`
  ${DATUM_SELECTION} and datums.sha256 = :sha256 and datums.purged_at is null order by datums.key desc limit 1`);

const insertDatum = statement<{
  id: string;
  project: number;
  executionKey: number | null;
  name: string;
  sizeBytes: number;
  sha256: string;
  uri: string | null;
  properties: string;
  at: number;
}>(`
  insert into datums (id, project_key, execution_key, name, size_bytes, sha256, uri, properties, properties_v, created_at)
  values (:id, :project, :executionKey, :name, :sizeBytes, :sha256, :uri, :properties, ${DATUM_PROPERTIES.version}, :at)
  on conflict (id) do nothing`);

const updateProperties = statement<{ project: number; id: string; properties: string }>(
  `update datums set properties = :properties, properties_v = ${DATUM_PROPERTIES.version} where project_key = :project and id = :id`,
);

const markPurged = statement<{ project: number; id: string; at: number }>(
  "update datums set purged_at = :at where project_key = :project and id = :id and purged_at is null",
);

/** Unfinished runs that made it, received it, or have a node behind which its maker stands. */
const selectUnfinishedUsers = statement<{ project: number; id: string }, { number: number }>(`
  select runs.number from datums
  join node_executions on node_executions.execution_key = datums.execution_key join runs on runs.key = node_executions.run_key
  where datums.id = :id and datums.project_key = :project and runs.finished_at is null
  union
  select runs.number from input_files
  join executions on executions.key = input_files.execution_key join runs on runs.key = executions.run_key
  where input_files.datum_id = :id and runs.project_key = :project and runs.finished_at is null`);

const deleteInputFiles = statement<{ executionKey: number }>(
  "delete from input_files where execution_key = :executionKey",
);

const insertInputFile = statement<{
  executionKey: number;
  position: number;
  input: string;
  name: string;
  uri: string;
  datumId: string;
  sha256: string;
  sizeBytes: number;
}>(`
  insert into input_files (execution_key, position, input, name, uri, datum_id, sha256, size_bytes)
  values (:executionKey, :position, :input, :name, :uri, :datumId, :sha256, :sizeBytes)`);

const selectInputFiles = statement<{ project: number; executionId: string }, InputFileRow>(`
  select input_files.input, input_files.name, input_files.uri, input_files.datum_id, input_files.sha256, input_files.size_bytes,
    datums.properties, datums.properties_v
  from input_files join executions on executions.key = input_files.execution_key left join datums on datums.id = input_files.datum_id
  where executions.id = :executionId and executions.${OF_PROJECT}
  order by input_files.position`);

const INPUT_FILE_ROWS = `
  select executions.id as execution_id, input_files.input, input_files.name, input_files.uri, input_files.datum_id, input_files.sha256,
    input_files.size_bytes, datums.properties, datums.properties_v
  from input_files join executions on executions.key = input_files.execution_key left join datums on datums.id = input_files.datum_id`;

type OwnedInputFileRow = InputFileRow & { readonly execution_id: string };

const selectInputFilesOfNodes = statement<{ project: number; runId: string }, OwnedInputFileRow>(`
  ${INPUT_FILE_ROWS} where input_files.execution_key in (${KEYS_OF_NODES}) order by input_files.execution_key, input_files.position`);

const selectInputFilesById = statement<{ project: number; ids: string }, OwnedInputFileRow>(`
  ${KEYS} ${INPUT_FILE_ROWS} where input_files.execution_key in (select key from keys) order by input_files.execution_key, input_files.position`);

const selectUses = statement<{ ids: string }, { readonly id: string; readonly count: number }>(`
  ${IDS}
  select ids.id, count(distinct input_files.execution_key) as count
  from ids join input_files on input_files.datum_id = ids.id group by ids.id`);

/** Number of files, and their size. */
export interface StoredAmount {
  readonly count: number;
  readonly sizeBytes: number;
}
export interface StoredAmounts {
  /** By executions. */
  readonly made: StoredAmount;
  readonly fetched: StoredAmount;
  /** Different contents among both. */
  readonly contents: StoredAmount;
}

type Amounts = Readonly<Record<"made" | "made_bytes" | "fetched" | "fetched_bytes", number | null>>;
const selectAmounts = statement<{ project: number }, Amounts>(`
  select count(execution_key) as made, count(*) - count(execution_key) as fetched,
    sum(case when execution_key is not null then size_bytes end) as made_bytes,
    sum(case when execution_key is null then size_bytes end) as fetched_bytes
  from datums where project_key = :project`);

const selectContents = statement<{ project: number }, { readonly count: number; readonly size_bytes: number | null }>(`
  select count(*) as count, sum(size_bytes) as size_bytes
  from (select max(size_bytes) as size_bytes from datums where project_key = :project group by sha256) as contents`);

export async function measureFiles(queries: Queries, project: number): Promise<StoredAmounts> {
  const [amounts, contents] = await Promise.all([
    queries.get(selectAmounts, { project }),
    queries.get(selectContents, { project }),
  ]);
  const amount = (count: unknown, sizeBytes: unknown): StoredAmount => ({
    count: Number(count ?? 0),
    sizeBytes: Number(sizeBytes ?? 0),
  });
  return {
    made: amount(amounts?.made, amounts?.made_bytes),
    fetched: amount(amounts?.fetched, amounts?.fetched_bytes),
    contents: amount(contents?.count, contents?.size_bytes),
  };
}

export async function countUses(queries: Queries, ids: Iterable<string>): Promise<ReadonlyMap<string, number>> {
  const rows = await queries.all(selectUses, { ids: joinIds(ids) });
  return new Map(rows.map(({ id, count }) => [id, Number(count)]));
}

export async function addDatum(
  change: Change,
  datum: NewDatum,
  { at, fence }: { readonly at: number; readonly fence: number | undefined },
): Promise<DatumRecord> {
  return insert(change, await makerOf(change, datum, fence), datum, at);
}

async function makerOf(
  change: Change,
  { executionId }: NewDatum,
  fence: number | undefined,
): Promise<HeldExecution | undefined> {
  if (executionId === undefined) return undefined;
  if (fence === undefined) return await requireExecution(change.queries, change.project, executionId);
  return await requireHeld(change, executionId, fence);
}

/** Files that somebody brought, each with its entry in the audit log. */
export async function addUploaded(
  change: Change,
  files: readonly NewDatum[],
  { actor, at }: Wish,
): Promise<readonly DatumRecord[]> {
  const added: DatumRecord[] = [];
  for (const file of files) {
    const datum = await insert(change, undefined, file, at);
    const { id, name, sha256, sizeBytes } = datum;
    const detail = { name, sha256, sizeBytes };
    await recordAudit(change, { at, actor, action: "data.upload", subject: { kind: "datum", id }, detail });
    added.push(datum);
  }
  return added;
}

/** The outputs of an execution; those that were added while it ran are known by their ids and left as they are. */
export async function addDatums(
  change: Change,
  execution: HeldExecution,
  datums: readonly NewDatum[],
  at: number,
): Promise<void> {
  for (const datum of datums) await insert(change, execution, datum, at);
}

async function insert(
  change: Change,
  execution: HeldExecution | undefined,
  datum: NewDatum,
  at: number,
): Promise<DatumRecord> {
  const { queries, project } = change;
  const id = datum.id ?? createRecordId(at);
  const added = await queries.run(insertDatum, {
    id,
    project,
    executionKey: execution?.key ?? null,
    name: datum.name,
    sizeBytes: datum.sizeBytes,
    sha256: datum.sha256,
    uri: datum.uri ?? null,
    properties: JSON.stringify(datum.properties),
    at,
  });
  if (added === 0) return requireSame(change, id, execution, datum);
  if (execution !== undefined) {
    change.emit(execution.run_key, at, {
      kind: "datum-created",
      runId: execution.run_id,
      executionId: execution.id,
      datumId: id,
      name: datum.name,
    });
  }
  return toDatum(await getRow(queries, selectDatum, { project, id }));
}

/**
 * A datum's content never changes: adding it again is fine, adding something else under its id is not. Properties may
 * come later, since a step that hands out a file while it runs often writes their sidecar last.
 */
async function requireSame(
  change: Change,
  id: string,
  execution: HeldExecution | undefined,
  datum: NewDatum,
): Promise<DatumRecord> {
  const existing = await getDatum(change.queries, change.project, id);
  const same =
    existing?.sha256 === datum.sha256 && existing.name === datum.name && existing.executionId === execution?.id;
  if (existing !== undefined && same) {
    if (Object.keys(datum.properties).length === 0) return existing;
    await change.queries.run(updateProperties, {
      project: change.project,
      id,
      properties: JSON.stringify(datum.properties),
    });
    return { ...existing, properties: datum.properties };
  }
  throw new HeadraceError(
    "HR_CONFLICT",
    `the datum ${id} exists already with another content: “${datum.name}” cannot take its place`,
    {
      hint: "stored files never change; give the new file an id of its own",
    },
  );
}

export async function getDatum(queries: Queries, project: number, id: string): Promise<DatumRecord | undefined> {
  const row = await queries.get(selectDatum, { project, id });
  return row && toDatum(row);
}

/**
 * Marks a file as purged, whose bytes then nothing needs for its sake. Throws HR_NOT_FOUND, and HR_CONFLICT while a run
 * that has not ended may need it. One that was purged before stays as it is.
 */
export async function purgeDatum(change: Change, id: string, { actor, at }: Wish): Promise<DatumRecord> {
  const { queries, project } = change;
  const datum = await getDatum(queries, project, id);
  if (datum === undefined)
    throw new HeadraceError("HR_NOT_FOUND", `there is no stored file with the id ${JSON.stringify(id)}`, {
      hint: [{ do: "list-files" }, " lists the files of a run"],
    });
  if (datum.purgedAt !== undefined) return datum;
  const [user] = await queries.all(selectUnfinishedUsers, { project, id });
  if (user !== undefined)
    throw new HeadraceError(
      "HR_CONFLICT",
      `"${datum.name}" is kept: run ${user.number} has not ended, and may need it`,
      {
        hint: [{ do: "stop", run: Number(user.number) }, " ends it; then the file can be purged"],
      },
    );
  await queries.run(markPurged, { project, id, at });
  const { name, sha256, sizeBytes } = datum;
  const detail = { name, sha256, sizeBytes };
  await recordAudit(change, { at, actor, action: "data.purge", subject: { kind: "datum", id }, detail });
  return { ...datum, purgedAt: at };
}

/** The newest file of a content that was not purged; none where the project never had it. */
export async function findDatumByContent(
  queries: Queries,
  project: number,
  sha256: string,
): Promise<DatumRecord | undefined> {
  const row = await queries.get(selectByContent, { project, sha256 });
  return row && toDatum(row);
}

export async function listOutputs(
  queries: Queries,
  project: number,
  executionId: string,
): Promise<readonly DatumRecord[]> {
  return (await queries.all(selectOutputs, { project, executionId })).map(toDatum);
}

export async function listOutputsOfNodes(
  queries: Queries,
  project: number,
  runId: string,
): Promise<readonly DatumRecord[]> {
  return (await queries.all(selectOutputsOfNodes, { project, runId })).map(toDatum);
}

export async function findDatumByUri(queries: Queries, project: number, uri: string): Promise<DatumRecord | undefined> {
  const row = await queries.get(selectByUri, { project, uri });
  return row && toDatum(row);
}

export async function setInputFiles(
  change: Change,
  id: string,
  fence: number,
  files: readonly InputFileRecord[],
): Promise<void> {
  const { key: executionKey } = await requireHeld(change, id, fence);
  await change.queries.run(deleteInputFiles, { executionKey });
  await change.queries.runMany(
    insertInputFile,
    files.values().map((file, position) => ({
      executionKey,
      position,
      input: file.input,
      name: file.name,
      uri: file.uri,
      datumId: file.datumId,
      sha256: file.sha256,
      sizeBytes: file.sizeBytes,
    })),
  );
}

export async function listInputFiles(
  queries: Queries,
  project: number,
  executionId: string,
): Promise<readonly InputFileRecord[]> {
  return (await queries.all(selectInputFiles, { project, executionId })).map(toInputFile);
}

/** By the id of the execution that received them. */
export async function listInputFilesOfNodes(
  queries: Queries,
  project: number,
  runId: string,
): Promise<ReadonlyMap<string, readonly InputFileRecord[]>> {
  return byExecution(await queries.all(selectInputFilesOfNodes, { project, runId }));
}

export async function listOutputsById(queries: Queries, project: number, ids: string): Promise<readonly DatumRecord[]> {
  return (await queries.all(selectOutputsById, { project, ids })).map(toDatum);
}

/** By the id of the execution that received them. */
export async function listInputFilesById(
  queries: Queries,
  project: number,
  ids: string,
): Promise<ReadonlyMap<string, readonly InputFileRecord[]>> {
  return byExecution(await queries.all(selectInputFilesById, { project, ids }));
}

function byExecution(rows: readonly OwnedInputFileRow[]): ReadonlyMap<string, readonly InputFileRecord[]> {
  const files = new Map<string, InputFileRecord[]>();
  for (const row of rows) {
    const known = files.get(row.execution_id);
    if (known === undefined) files.set(row.execution_id, [toInputFile(row)]);
    else known.push(toInputFile(row));
  }
  return files;
}
