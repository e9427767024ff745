import type { Change } from "../../change.ts";
import { statement } from "../../database.ts";
import { LAST_VALUES_COUNT_LIMIT } from "../last-values.ts";

/*
 * Parameters and metadata by name, so that lists find and sort executions by them. Values that no list compares are
 * left out: lists of values, objects, long texts, and those beyond so many names.
 */
const NAMES_LIMIT = LAST_VALUES_COUNT_LIMIT;
/** Longer names and texts are in no index. */
export const INDEXED_NAME_LENGTH = 200;
export const INDEXED_TEXT_LENGTH = 200;

const insertValue = statement<{
  executionKey: number;
  origin: number;
  name: string;
  project: number;
  number: number;
  hidden: number;
  value: number | null;
  text: string | null;
}>(`
  insert into execution_values (execution_key, origin, name, project_key, number, hidden, value, text)
  values (:executionKey, :origin, :name, :project, :number, :hidden, :value, :text)
  on conflict (execution_key, origin, name) do update set value = excluded.value, text = excluded.text`);

const selectParameters = statement<{ executionKey: number }, { name: string }>(
  "select name from execution_values where execution_key = :executionKey and origin = 0",
);

interface Owner {
  readonly key: number;
  readonly number: number;
}

type Values = Readonly<Record<string, unknown>>;

/** Indexes the parameters that an execution was given. */
export async function indexParameters({ queries, project }: Change, owner: Owner, parameters: Values): Promise<void> {
  const rows = rowsOf(Object.entries(parameters)).map((row) => ({
    ...row,
    ...ownerOf(owner, project),
    origin: 0,
    hidden: 0,
  }));
  if (rows.length > 0) await queries.runMany(insertValue, rows);
}

/**
 * Indexes the metadata that it printed, as it is now. A parameter of the same name hides it if a query names no origin.
 */
export async function indexMetadata(
  { queries, project }: Change,
  owner: Owner,
  values: Iterable<readonly [string, unknown]>,
): Promise<void> {
  const rows = rowsOf(values);
  if (rows.length === 0) return;
  const parameters = new Set(
    (await queries.all(selectParameters, { executionKey: owner.key })).map(({ name }) => name),
  );
  await queries.runMany(
    insertValue,
    rows.map((row) => ({ ...row, ...ownerOf(owner, project), origin: 1, hidden: parameters.has(row.name) ? 1 : 0 })),
  );
}

function ownerOf({ key, number }: Owner, project: number) {
  return { executionKey: key, number, project };
}

function rowsOf(
  values: Iterable<readonly [string, unknown]>,
): readonly { readonly name: string; readonly value: number | null; readonly text: string | null }[] {
  const rows = [];
  for (const [name, value] of values) {
    if (rows.length === NAMES_LIMIT) break;
    if (name.length > INDEXED_NAME_LENGTH) continue;
    if (typeof value === "number" && Number.isFinite(value)) rows.push({ name, value, text: null });
    else if (typeof value === "boolean" || (typeof value === "string" && value.length <= INDEXED_TEXT_LENGTH))
      rows.push({ name, value: null, text: String(value) });
  }
  return rows;
}
