import type { DriftView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import {
  type ColumnDrift,
  type ColumnPair,
  compareColumns,
  type DriftFlavour,
  type Sample,
  shapeOf,
} from "../../monitoring/index.ts";
import { type TableColumn, type TableDescription, Tables } from "../../tables/index.ts";

export interface DriftRequest {
  readonly reference: string;
  readonly current: string;
  /** Absent: all that both tables have. */
  readonly columns?: readonly string[];
  readonly flavour: DriftFlavour;
  /** The share of drifted columns from which the table counts as drifted. */
  readonly share: number;
  /** A column has no verdict where a side has fewer values. */
  readonly leastCount: number;
}

const [REFERENCE, CURRENT] = [0, 1];
/** A column with more distinct values than this names things, and is not compared. */
const MOST_VALUES = 10_000;

/**
 * Holds a table against an earlier one, column by column. Throws HR_NOT_FOUND for a file or column that is not there,
 * HR_TABLE for a file that cannot be read.
 */
export async function driftOfFiles(request: DriftRequest): Promise<DriftView> {
  await using tables = Tables.open([request.reference, request.current]);
  return await driftOfTables(tables, request);
}

/** The same of two tables that are open: first the reference, then the current one. */
export async function driftOfTables(tables: Tables, request: DriftRequest): Promise<DriftView> {
  const [reference, current] = await Promise.all([tables.describe(REFERENCE), tables.describe(CURRENT)]);
  const { names, skipped } = namesOf(reference, current, request);
  if (names.length === 0)
    throw new HeadraceError("HR_TABLE", "the tables have no column in common", {
      hint: `the columns of the reference are ${shownNames(reference)}, those of the current table ${shownNames(current)}`,
    });
  const pairs: Sampled[] = [];
  for (const name of names) {
    const pair = await sample(tables, columnOf(reference, name), columnOf(current, name));
    if ("reason" in pair) skipped.push({ name, reason: pair.reason });
    else pairs.push(pair);
  }
  const { flavour, leastCount, share } = request;
  const columns = compareColumns(pairs, { flavour, leastCount });
  const compared = columns.filter(({ verdict }) => verdict !== "few");
  const drifted = compared.filter(({ verdict }) => verdict === "drifted");
  const isDrifted = drifted.length > 0 && drifted.length >= share * compared.length;
  return {
    reference: { path: request.reference, rows: reference.rows },
    current: { path: request.current, rows: current.rows },
    flavour,
    verdict: compared.length === 0 ? "few" : isDrifted ? "drifted" : "stable",
    driftedColumns: drifted.length,
    comparedColumns: compared.length,
    share,
    columns: columns
      .map((column, index) => {
        const pair = pairs[index] as Sampled;
        const { referenceMissing, currentMissing } = pair;
        return { ...column, referenceMissing, currentMissing, ...shapeOf(pair) };
      })
      .sort((a, b) => rankOf(a) - rankOf(b) || distanceOf(b) - distanceOf(a)),
    skipped,
    sampled: pairs.some(({ isSample }) => isSample),
  };
}

interface Sampled extends ColumnPair {
  readonly referenceMissing: number;
  readonly currentMissing: number;
  readonly isSample: boolean;
}

const RANKS = { drifted: 0, stable: 1, few: 2 } as const;

function rankOf({ verdict }: ColumnDrift): number {
  return RANKS[verdict];
}

function distanceOf({ scores }: ColumnDrift): number {
  return scores.find(({ scale }) => scale === "distance")?.score ?? 0;
}

function namesOf(
  reference: TableDescription,
  current: TableDescription,
  { columns, reference: referencePath, current: currentPath }: DriftRequest,
): { readonly names: readonly string[]; readonly skipped: { name: string; reason: string }[] } {
  const has = (table: TableDescription, name: string): boolean => table.columns.some((each) => each.name === name);
  for (const name of columns ?? []) {
    for (const [path, table] of [[referencePath, reference] as const, [currentPath, current] as const]) {
      if (has(table, name)) continue;
      throw new HeadraceError("HR_NOT_FOUND", `${path} has no column ${name}`, {
        hint: `its columns are ${shownNames(table)}`,
      });
    }
  }
  const all = [...new Set([...reference.columns, ...current.columns].map(({ name }) => name))];
  const wanted = columns === undefined ? all : [...new Set(columns)];
  const missing = wanted.filter((name) => !has(reference, name) || !has(current, name));
  return {
    names: wanted.filter((name) => !missing.includes(name)),
    skipped: missing.map((name) => ({
      name,
      reason: has(reference, name) ? "the current table does not have it" : "the reference does not have it",
    })),
  };
}

const NAMES_SHOWN = 30;

function shownNames({ columns }: TableDescription): string {
  const names = columns.slice(0, NAMES_SHOWN).map(({ name }) => name);
  return columns.length > NAMES_SHOWN
    ? `${names.join(", ")} and ${columns.length - NAMES_SHOWN} more`
    : names.join(", ");
}

function columnOf({ columns }: TableDescription, name: string): TableColumn {
  const found = columns.find((column) => column.name === name);
  if (found === undefined) throw new Error(`the column ${name} is gone`);
  return found;
}

type ColumnKind = "numeric" | "categorical" | "time" | "nested";

function kindOf({ type }: TableColumn): ColumnKind {
  if (/\[|^(STRUCT|MAP|UNION|LIST)/.test(type)) return "nested";
  if (/^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL)(\(|$)/.test(type)) return "numeric";
  return /^(DATE|TIME|INTERVAL)/.test(type) ? "time" : "categorical";
}

async function sample(
  tables: Tables,
  reference: TableColumn,
  current: TableColumn,
): Promise<Sampled | { readonly reason: string }> {
  const kinds = [kindOf(reference), kindOf(current)];
  if (kinds.includes("nested")) return { reason: `it holds lists or records (${reference.type})` };
  if (kinds.every((kind) => kind === "time")) return { reason: "it holds times, which always move on" };
  const { name } = reference;
  return kinds.every((kind) => kind === "numeric")
    ? await numericPair(tables, name)
    : await categoricalPair(tables, name);
}

async function numericPair(tables: Tables, name: string): Promise<Sampled> {
  const [a, b] = await Promise.all([tables.numbers(REFERENCE, name), tables.numbers(CURRENT, name)]);
  const sorted = ({ values }: { readonly values: Float64Array }): Sample => ({
    kind: "numeric",
    sorted: values.sort(),
  });
  return {
    name,
    ...{ reference: sorted(a), current: sorted(b) },
    ...{ referenceMissing: a.missing, currentMissing: b.missing },
    isSample: a.isSample || b.isSample,
  };
}

async function categoricalPair(tables: Tables, name: string): Promise<Sampled | { readonly reason: string }> {
  const most = MOST_VALUES + 1;
  const [a, b] = await Promise.all([tables.counts(REFERENCE, name, most), tables.counts(CURRENT, name, most)]);
  if (Math.max(a.distinct, b.distinct) > MOST_VALUES)
    return { reason: `it has about ${Math.max(a.distinct, b.distinct)} distinct values: it seems to name things` };
  const counted = ({ values }: typeof a): Sample => ({ kind: "categorical", counts: new Map(values) });
  return {
    name,
    ...{ reference: counted(a), current: counted(b) },
    ...{ referenceMissing: a.missing, currentMissing: b.missing },
    isSample: false,
  };
}
