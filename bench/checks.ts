/**
 * Measures what it costs to hold a large table against a suite: 20 expectations on a Parquet file, beside one scan of
 * the same columns by the same DuckDB (count, least, greatest and mean of each). Both in the process that reads tables,
 * in turns.
 *
 *     node bench/checks.ts [rows]
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { runChecks } from "../src/checks/index.ts";
import type { Expectation } from "../src/config/index.ts";
import { Tables } from "../src/tables/index.ts";

const rows = Number(process.argv[2] ?? 10_000_000);
const ROUNDS = 3;
const NUMBERS = ["a", "b", "c", "d"];
const error = { severity: "error" } as const;

const suite: readonly Expectation[] = [
  { ...error, rule: "rows", bounds: { min: 1 } },
  ...NUMBERS.flatMap((column): readonly Expectation[] => [
    { ...error, rule: "not-null", column, mostly: 0.9 },
    { ...error, rule: "between", column, bounds: { min: -1, max: 2_000_000 } },
    { ...error, rule: "mean", column, bounds: { min: 0 } },
    { ...error, rule: "null-share", column, bounds: { max: 0.5 } },
  ]),
  { ...error, rule: "in", column: "carrier", values: ["c0", "c1", "c2", "c3", "c4"] },
  { ...error, rule: "length", column: "carrier", bounds: { max: 4 } },
  { ...error, rule: "compare", left: "a", comparison: "<=", right: "b", mostly: 0.1 },
];

const folder = mkdtempSync(join(tmpdir(), "headrace-bench-checks-"));
try {
  const path = join(folder, "table.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const numbers = NUMBERS.map((name, index) => `nullif(hash(i * ${index + 1}) % 1000000, ${index}) AS ${name}`);
  await connection.run(
    `COPY (SELECT ${numbers.join(", ")}, 'c' || i % 5 AS carrier FROM range(${rows}) t(i)) TO '${path}' (FORMAT parquet)`,
  );
  connection.closeSync();
  await using tables = Tables.open([path]);
  const { columns } = await tables.describe(0);
  const ask = async (sql: string) => (await tables.query(sql)).rows;
  const scan = [...NUMBERS, "carrier"].flatMap((column) => [`count(${column})`, `min(${column})`, `max(${column})`]);
  const means = NUMBERS.map((column) => `avg(${column})`);
  const times: { scan: number[]; checks: number[] } = { scan: [], checks: [] };
  for (let round = 0; round < ROUNDS; round++) {
    times.scan.push(await timed(() => ask(`SELECT count(*), ${[...scan, ...means].join(", ")} FROM data`)));
    times.checks.push(
      await timed(async () => {
        const results = await runChecks({ columns, ask }, suite, { now: new Date(), examples: 5 });
        const broken = results.filter(({ outcome }) => outcome !== "passed");
        if (broken.length > 0) throw new Error(`the suite is not kept: ${JSON.stringify(broken[0])}`);
      }),
    );
  }
  const [bare, whole] = [Math.min(...times.scan), Math.min(...times.checks)];
  console.log(
    `${suite.length} expectations on ${rows} rows (${(statSync(path).size / 1e6).toFixed(0)} MB): ${whole.toFixed(0)} ms, ` +
      `one scan ${bare.toFixed(0)} ms, ratio ${(whole / bare).toFixed(2)} (budget 1.5)`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}
