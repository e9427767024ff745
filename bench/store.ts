/**
 * Measures what the metadata database costs, each figure beside the limit that the same disk sets.
 *
 *     node bench/store.ts [--rows 1000000] [--executions 4000] [--folder DIR]
 *     node bench/store.ts --url postgres://…     (an empty database; a server of its own with `--url start`)
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openTestStore } from "../src/store/fixtures/open-test-store.ts";
import type { ProjectStore } from "../src/store/index.ts";
import { executionsPerSecond, largeRun, metadataPerSecond, perSecond, report } from "./store/accounting.ts";
import { fillExecutions } from "./store/fill-executions.ts";
import { measurePostgres } from "./store/postgres.ts";

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    executions: { type: "string", default: "4000" },
    folder: { type: "string", default: tmpdir() },
    url: { type: "string" },
  },
});

const folder = mkdtempSync(join(options.folder, "headrace-bench-store-"));
const file = join(folder, "headrace.db");
try {
  if (options.url !== undefined) await measurePostgres(options.url, Number(options.executions));
  else await measureSqlite();
} finally {
  rmSync(folder, { recursive: true });
}

async function measureSqlite(): Promise<void> {
  syncsOfTheDisk();
  await inStore("executions.db", (store) =>
    executionsPerSecond(store, { executions: Number(options.executions), budget: 1_000 }),
  );
  await inStore("metadata.db", metadataPerSecond);
  await inStore("large-run.db", largeRun);
  await manyRows(Number(options.rows));
}

async function inStore(name: string, work: (store: ProjectStore) => Promise<void>): Promise<void> {
  await using store = await openTestStore({ file: join(folder, name), projectName: "bench" });
  await work(store);
}

/** The limit: a page written and synced, again and again. */
function syncsOfTheDisk(): void {
  const target = openSync(join(folder, "sync"), "w");
  const page = Buffer.alloc(4_096, 1);
  const since = performance.now();
  for (let index = 0; index < 2_000; index++) {
    writeSync(target, page, 0, page.length, index * page.length);
    fdatasyncSync(target);
  }
  report("bare 4 KiB write + fdatasync", perSecond(2_000, since));
  closeSync(target);
}

/**
 * Pages of a project of a million executions (and a tenth as many runs), each by a process-fresh connection that only
 * reads.
 */
async function manyRows(rows: number): Promise<void> {
  await (await openTestStore({ file, projectName: "bench" }))[Symbol.asyncDispose]();
  fillExecutions(file, { rows });
  const before = process.memoryUsage.rss();
  const opened = performance.now();
  await using store = await openTestStore({ file, projectName: "bench", readOnly: true });
  (await store.lists.runs({ limit: 20 })).items;
  report(
    `open and list 20 runs, ${rows.toLocaleString("en")} executions`,
    `${(performance.now() - opened).toFixed(1)} ms`,
  );
  const pages: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["by number", () => store.lists.executions({ limit: 50 })],
    ["by number, from the middle", () => store.lists.executions({ limit: 50, below: rows / 2 })],
    ["by a rare state", () => store.lists.executions({ limit: 50, states: ["error"] })],
    ["by two states", () => store.lists.executions({ limit: 50, states: ["complete", "error"] })],
    ["by step", () => store.lists.executions({ limit: 50, step: "step-3" })],
    ["by step and a rare state", () => store.lists.executions({ limit: 50, step: "step-3", states: ["error"] })],
    ["of one run", () => store.lists.executions({ limit: 50, runId: "00000000-0000-7000-b000-000000000007" })],
    ["runs by name", () => store.lists.runs({ limit: 50, name: "pipeline-3" })],
    ["runs by tag and a rare state", () => store.lists.runs({ limit: 50, tags: ["nightly"], states: ["error"] })],
    ["an execution by number", () => store.findByNumber(rows)],
    ...listed(store.lists, rows),
  ];
  for (const [what, query] of pages) {
    const times: number[] = [];
    for (let repeat = 0; repeat < 21; repeat++) {
      const since = performance.now();
      await query();
      times.push(performance.now() - since);
    }
    const [first = 0] = times;
    const median = times.toSorted((a, b) => a - b)[10] ?? 0;
    report(`  page of 50 ${what}`, `first ${first.toFixed(2)} ms, median ${median.toFixed(2)} ms`);
  }
  report("  memory that these pages took", `${Math.round((process.memoryUsage.rss() - before) / 1_048_576)} MB`);
}

/** Lists of which each filter goes with each order. */
function listed(lists: ProjectStore["lists"], rows: number): readonly (readonly [string, () => Promise<unknown>])[] {
  const limit = 50;
  const [best, longest] = [
    { by: { name: "auc" }, direction: "descending" },
    { by: "duration", direction: "descending" },
  ] as const;
  const auc = (operator: ">" | "<", value: number) => ({ name: "auc", operator, value }) as const;
  const depth = { name: "depth", operator: "=", value: 3 } as const;
  const middle = rows / 2;
  return [
    ["executions, best first", () => lists.executions({ limit, sort: best })],
    ["executions, best first, of a step", () => lists.executions({ limit, sort: best, step: "step-3" })],
    ["executions, best first, in a rare state", () => lists.executions({ limit, sort: best, states: ["error"] })],
    ["executions, best first, depth = 3", () => lists.executions({ limit, sort: best, values: [depth] })],
    ["executions, longest first", () => lists.executions({ limit, sort: longest })],
    [
      "executions, longest first, depth = 3 and auc > 0.9",
      () => lists.executions({ limit, sort: longest, values: [depth, auc(">", 0.9)] }),
    ],
    ["executions with auc > 0.5", () => lists.executions({ limit, values: [auc(">", 0.5)] })],
    ["executions with auc > 0.9999", () => lists.executions({ limit, values: [auc(">", 0.9999)] })],
    [
      "executions with a text",
      () => lists.executions({ limit, values: [{ name: "kind", operator: "=", value: "kind-1" }] }),
    ],
    ["executions of a time", () => lists.executions({ limit, since: middle, until: middle + 1_000 })],
    ["executions of a tag and a name", () => lists.executions({ limit, tags: ["nightly"], runName: "pipeline-3" })],
    ["runs, longest first", () => lists.runs({ limit, sort: longest })],
    [
      "runs, longest first, in a rare state, with a tag",
      () => lists.runs({ limit, sort: longest, states: ["error"], tags: ["nightly"] }),
    ],
    ["runs with depth = 3 and auc > 0.9", () => lists.runs({ limit, values: [depth, auc(">", 0.9)] })],
    ["runs with auc > 0.9999", () => lists.runs({ limit, values: [auc(">", 0.9999)] })],
    ["runs with a name, longest first", () => lists.runs({ limit, name: "pipeline-3", sort: longest })],
  ];
}
