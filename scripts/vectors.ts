/**
 * Answers questions about what Headrace computes, so that it can be held against the field's own libraries: a JSON
 * object a line on standard input, a JSON line for each on standard output, in their order.
 *
 *     echo '{"op":"drift","kind":"num","test":"ks","reference":[1,2,3],"current":[2,3,4]}' | node scripts/vectors.ts
 *
 * A question that is not known is answered with `{"unsupported":true}`, one that makes no sense with `{"error":TEXT}`.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { importGreatExpectations, runChecks } from "../src/checks/index.ts";
import { featureColumn, type JoinedView, joinQuery } from "../src/features/index.ts";
import { type Column, categoricalSample, driftMeasure, numericSample, sizeOf } from "../src/monitoring/index.ts";
import { type TableColumn, Tables } from "../src/tables/index.ts";
import { isSigned, Schedule, SIGNATURE_SCHEMES } from "../src/triggers/index.ts";
import { optimize } from "./optimize.ts";
import { TEST_FUNCTIONS } from "./optimize-functions.ts";

type Question = Readonly<Record<string, unknown>>;
type Answer = (question: Question) => unknown | Promise<unknown>;

const UNSUPPORTED = { unsupported: true };

const ANSWERS: ReadonlyMap<string, Answer> = new Map([
  ["check", check],
  ["drift", drift],
  ["optimize", optimized],
  ["pit", pointInTime],
  ["schedule", scheduled],
  ["webhook", webhook],
]);

let openedTable: OpenTable | undefined;

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== "") process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
await closeTable();

async function answer(line: string): Promise<unknown> {
  try {
    const question = JSON.parse(line) as Question;
    const { op } = question;
    return (typeof op === "string" && (await ANSWERS.get(op)?.(question))) || UNSUPPORTED;
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** One of Great Expectations' expectations, of a table that is given column by column. */
async function check({ table, expectation, kwargs }: Question): Promise<unknown> {
  const columns = table as Readonly<Record<string, readonly unknown[]>>;
  const { expectations } = importGreatExpectations([{ type: expectation, kwargs }]);
  if (expectations.length === 0) return UNSUPPORTED;
  const { tables, shape } = await openTable(JSON.stringify(rows(columns)));
  const ask = async (sql: string) => (await tables.query(sql)).rows;
  const results = await runChecks({ columns: shape, ask }, expectations, { now: new Date(), examples: 0 });
  const failure = results.find(({ outcome }) => outcome === "error");
  if (failure !== undefined) return { success: false, unexpected: null, error: failure.error };
  const bad = results.map((result) => result.bad);
  return { success: results.every(({ outcome }) => outcome === "passed"), unexpected: bad[0] ?? null };
}

function emptyRow({ keys, features }: VectorView): unknown {
  return Object.fromEntries(["ts", "created", ...keys, ...features].map((column) => [column, null]));
}

interface VectorView {
  readonly name: string;
  readonly keys: readonly string[];
  readonly ttl_seconds: number | null;
  readonly created: boolean;
  readonly features: readonly string[];
  readonly rows: readonly unknown[];
}

/** The features of views as of the times of entity rows. */
async function pointInTime({ views, entities, as_known }: Question): Promise<unknown> {
  const given = views as readonly VectorView[];
  const spine = entities as readonly unknown[];
  if (spine.length === 0) return { rows: [] };
  const folder = mkdtempSync(join(tmpdir(), "headrace-features-"));
  try {
    // A file without rows has no columns.
    const paths = [spine, ...given.map((view) => (view.rows.length === 0 ? [emptyRow(view)] : view.rows))].map(
      (each, index) => {
        const path = join(folder, `${index}.json`);
        writeFileSync(path, JSON.stringify(each));
        return path;
      },
    );
    await using tables = Tables.open(paths);
    const joined = given.map((view, index): JoinedView => {
      const { ttl_seconds: ttl } = view;
      return {
        ...{ name: view.name, relation: tables.relation(index + 1), keys: view.keys, timestamp: "ts" },
        ...{
          features: view.features,
          ...(ttl !== null && { ttlSeconds: ttl }),
          ...(view.created && { created: "created" }),
        },
      };
    });
    const columns = given.flatMap((view) => view.features.map((feature) => featureColumn(view.name, feature)));
    const options = { spine: tables.relation(0), timestamp: "event_timestamp", asKnown: as_known === true };
    const quoted = columns.map((column) => `"${column.replaceAll('"', '""')}"`).join(", ");
    const { rows: found } = await tables.query(`SELECT ${quoted} FROM (${joinQuery(joined, options)})`, {
      most: spine.length,
    });
    return { rows: found.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]]))) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rows(columns: Readonly<Record<string, readonly unknown[]>>): readonly unknown[] {
  const names = Object.keys(columns);
  return (columns[names[0] ?? ""] ?? []).map((_, row) =>
    Object.fromEntries(names.map((name) => [name, columns[name]?.[row] ?? null])),
  );
}

interface OpenTable {
  readonly text: string;
  readonly tables: Tables;
  readonly shape: readonly TableColumn[];
  readonly folder: string;
}

/** Most questions in turn are about one table. */
async function openTable(text: string): Promise<OpenTable> {
  if (openedTable?.text === text) return openedTable;
  await closeTable();
  const folder = mkdtempSync(join(tmpdir(), "headrace-check-"));
  const path = join(folder, "table.json");
  writeFileSync(path, text);
  const tables = Tables.open([path]);
  openedTable = { text, tables, folder, shape: [] };
  openedTable = { ...openedTable, shape: (await tables.describe(0)).columns };
  return openedTable;
}

async function closeTable(): Promise<void> {
  const { tables, folder } = openedTable ?? {};
  openedTable = undefined;
  await tables?.[Symbol.asyncDispose]();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

/** The next `n` times of a schedule after a time. */
function scheduled({ cron, zone, after, n }: Question): unknown {
  const schedule = new Schedule(String(cron), String(zone));
  const times: string[] = [];
  let last: Date | undefined = new Date(String(after));
  if (Number.isNaN(last.getTime())) throw new Error("after is a time, e.g. 2026-03-28T10:00:00Z");
  while (times.length < Number(n)) {
    last = schedule.next(last);
    if (last === undefined) break;
    times.push(last.toISOString().replace(".000Z", "Z"));
  }
  return { times };
}

/** Checks that a request was signed with a secret. */
function webhook({ scheme: name, secret, headers, body_base64, now }: Question): unknown {
  const scheme = SIGNATURE_SCHEMES.find((each) => each === name);
  if (scheme === undefined) return UNSUPPORTED;
  const request = { headers: headers as Record<string, string>, body: Buffer.from(String(body_base64), "base64") };
  return { valid: isSigned(scheme, request, String(secret), Number(now)) };
}

/** The best value after each trial of one of the functions. */
function optimized({ function: name, sampler, seed, trials }: Question): unknown {
  const wanted = Object.hasOwn(TEST_FUNCTIONS, String(name)) ? TEST_FUNCTIONS[String(name)] : undefined;
  if (wanted === undefined || (sampler !== "tpe" && sampler !== "random")) return UNSUPPORTED;
  if (typeof trials !== "number" || !Number.isInteger(trials) || trials < 1)
    throw new Error("trials is a whole number");
  return { best: optimize(wanted, sampler, Number(seed), trials) };
}

/** `reference` and `current` hold numbers or texts; null is missing, `"inf"` and `"-inf"` are infinities. */
function drift({ kind, test, reference, current }: Question): unknown {
  const measure = driftMeasure(String(test));
  if (measure === undefined) return UNSUPPORTED;
  const isNumeric = kind === "num" && measure.kinds.includes("numeric");
  if (!isNumeric && !measure.kinds.includes("categorical")) return UNSUPPORTED;
  const [a, b] = [reference, current].map((values) => {
    const column = columnOf(values);
    return isNumeric ? numericSample(column) : categoricalSample(column);
  });
  if (a === undefined || b === undefined || sizeOf(a) === 0 || sizeOf(b) === 0)
    throw new Error("a column has no value that a test can use");
  const score = measure.score(a, b);
  return { score: Number.isFinite(score) ? score : null };
}

function columnOf(values: unknown): Column {
  if (!Array.isArray(values)) throw new Error("reference and current are lists");
  return values.map((value: unknown) => {
    if (value === "inf") return Number.POSITIVE_INFINITY;
    if (value === "-inf") return Number.NEGATIVE_INFINITY;
    if (value === null || ["number", "string", "boolean"].includes(typeof value)) return value as Column[number];
    throw new Error("a value is a number, a text, true, false or null");
  });
}
