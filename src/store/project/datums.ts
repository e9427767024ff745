import { HeadraceError } from "../../errors.ts";
import { type Change, getRow } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { DATUM_PROPERTIES } from "../documents/record-documents.ts";
import { createRecordId } from "../record-id.ts";
import type { DatumRecord, InputFileRecord } from "../records.ts";
import { type HeldExecution, requireExecution, requireHeld } from "./claims.ts";
import { KEYS, KEYS_OF_NODES, OF_PROJECT } from "./execution-keys.ts";
import type { NewDatum } from "./requests.ts";
import { type DatumRow, type InputFileRow, toDatum, toInputFile } from "./rows.ts";

export const DATUM_ROWS = `
  select datums.id, datums.name, datums.size_bytes, datums.sha256, executions.id as execution_id, datums.uri, datums.created_at,
    datums.properties, datums.properties_v
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
  ${DATUM_SELECTION} and datums.uri = :uri order by datums.key desc limit 1`);

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

const deleteInputFiles = statement<{ executionKey: number }>("delete from input_files where execution_key = :executionKey");

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

export async function addDatum(
  change: Change,
  datum: NewDatum,
  { at, fence }: { readonly at: number; readonly fence: number | undefined },
): Promise<DatumRecord> {
  return insert(change, await makerOf(change, datum, fence), datum, at);
}

async function makerOf(change: Change, { executionId }: NewDatum, fence: number | undefined): Promise<HeldExecution | undefined> {
  if (executionId === undefined) return undefined;
  if (fence === undefined) return await requireExecution(change.queries, change.project, executionId);
  return await requireHeld(change, executionId, fence);
}

/** The outputs of an execution; those that were added while it ran are known by their ids and left as they are. */
export async function addDatums(change: Change, execution: HeldExecution, datums: readonly NewDatum[], at: number): Promise<void> {
  for (const datum of datums) await insert(change, execution, datum, at);
}

async function insert(change: Change, execution: HeldExecution | undefined, datum: NewDatum, at: number): Promise<DatumRecord> {
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
 * A datum's content never changes: adding it again is fine, adding something else under its id is not. Properties may come later,
 * since a step that hands out a file while it runs often writes their sidecar last.
 */
async function requireSame(change: Change, id: string, execution: HeldExecution | undefined, datum: NewDatum): Promise<DatumRecord> {
  const existing = await getDatum(change.queries, change.project, id);
  const same = existing?.sha256 === datum.sha256 && existing.name === datum.name && existing.executionId === execution?.id;
  if (existing !== undefined && same) {
    if (Object.keys(datum.properties).length === 0) return existing;
    await change.queries.run(updateProperties, { project: change.project, id, properties: JSON.stringify(datum.properties) });
    return { ...existing, properties: datum.properties };
  }
  throw new HeadraceError("HR_CONFLICT", `The datum ${id} exists already with another content: “${datum.name}” cannot take its place.`, {
    hint: "Stored files never change; give the new file an id of its own.",
  });
}

export async function getDatum(queries: Queries, project: number, id: string): Promise<DatumRecord | undefined> {
  const row = await queries.get(selectDatum, { project, id });
  return row && toDatum(row);
}

export async function listOutputs(queries: Queries, project: number, executionId: string): Promise<readonly DatumRecord[]> {
  return (await queries.all(selectOutputs, { project, executionId })).map(toDatum);
}

export async function listOutputsOfNodes(queries: Queries, project: number, runId: string): Promise<readonly DatumRecord[]> {
  return (await queries.all(selectOutputsOfNodes, { project, runId })).map(toDatum);
}

export async function findDatumByUri(queries: Queries, project: number, uri: string): Promise<DatumRecord | undefined> {
  const row = await queries.get(selectByUri, { project, uri });
  return row && toDatum(row);
}

export async function setInputFiles(change: Change, id: string, fence: number, files: readonly InputFileRecord[]): Promise<void> {
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

export async function listInputFiles(queries: Queries, project: number, executionId: string): Promise<readonly InputFileRecord[]> {
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
