import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ParameterValue } from "../../config/index.ts";
import type {
  ExecutionQuery,
  Listed,
  NodeValueName,
  PageRequest,
  ProjectStore,
  RunQuery,
  RunState,
  ValueCondition,
  ValueName,
} from "../index.ts";
import { newRun, planOf, RESOLVED, StoreRig, type StoreSubject } from "./rig.ts";

/** A recorded execution, and what a list may ask of it. */
interface Row {
  readonly number: number;
  readonly run: number;
  readonly runName: string;
  readonly tags: readonly string[];
  readonly node: string;
  readonly step: string;
  readonly state: RunState;
  readonly createdAt: number;
  readonly duration: number | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface RunRow extends Pick<Row, "number" | "tags" | "state" | "createdAt" | "duration"> {
  readonly name: string;
  readonly executions: readonly Row[];
}

const NODES = ["a", "b", "c"] as const;
const DAY_MS = 24 * 3_600_000;

/**
 * Twelve runs of three nodes with every kind of value: numbers, texts, none, and a metadata key that a parameter hides.
 */
async function record(store: ProjectStore): Promise<readonly RunRow[]> {
  const runs: RunRow[] = [];
  for (let index = 0; index < 12; index++) {
    const name = index % 3 === 0 ? "weekly" : "daily";
    const tags = ["x", "y"].filter((_, bit) => (index >> bit) % 2 === 1);
    const at = 10 * DAY_MS + index * 3 * DAY_MS;
    const run = await store.runs.create(newRun({ plan: planOf(NODES, { name }), tags, at }));
    await store.runs.setState(run.id, { state: "started", at: at + 10 });
    const executions: Row[] = [];
    for (const [position, node] of NODES.entries()) {
      const parameters: Record<string, ParameterValue> = {
        depth: (index * 7 + position) % 5,
        kind: index % 2 === 0 ? "forest" : "boost",
        [`own${position}`]: [1],
      };
      if (position === 0) parameters.auc = "given";
      const metadata =
        index % 4 === 3
          ? {}
          : {
              auc: ((index * 5 + position) % 7) / 7,
              note: index % 5 === 2 ? "NaN" : `n${index % 2}`,
              flag: position === 1,
              none: null,
            };
      executions.push(
        await execute(store, {
          run: run.id,
          runNumber: run.number,
          runName: name,
          tags,
          node,
          index,
          at: at + position,
          parameters,
          metadata,
        }),
      );
    }
    const state = index % 5 === 4 ? "error" : index % 6 === 5 ? "started" : "complete";
    if (state !== "started") await store.runs.setState(run.id, { state, at: at + 10 + index * 13 });
    runs.push({
      number: run.number,
      name,
      tags,
      state,
      createdAt: at,
      duration: state === "started" ? undefined : index * 13,
      executions,
    });
  }
  return runs;
}

interface Making {
  readonly run: string;
  readonly runNumber: number;
  readonly runName: string;
  readonly tags: readonly string[];
  readonly node: string;
  readonly index: number;
  readonly at: number;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

async function execute(
  store: ProjectStore,
  { run, runNumber, runName, tags, node, index, at, parameters, metadata }: Making,
): Promise<Row> {
  const step = node === "c" ? "test" : "train";
  const made = await store.queue.add({
    ...{ runId: run, node, step, image: "", environmentName: "local", commit: "~abc", at },
    resolved: { ...RESOLVED, parameters },
  });
  if (made === undefined) throw new Error("the node was taken");
  const facts = { number: made.number, run: runNumber, runName, tags, node, step, createdAt: at, parameters };
  if (index % 6 === 5) return { ...facts, state: "queued", duration: undefined, metadata: {} };
  const fence = (await store.queue.claim(made.id, "me", at + 1)) ?? -1;
  // Twice, so that the last value counts.
  await store.metadata.add(made.id, fence, [
    { offset: 0, at, values: Object.fromEntries(Object.keys(metadata).map((key) => [key, 100])) },
  ]);
  await store.metadata.add(made.id, fence, [{ offset: 9, at, values: metadata }]);
  const state = (index + node.charCodeAt(0)) % 4 === 0 ? "error" : "complete";
  const duration = (made.number * 37) % 11;
  await store.executions.finish(made.id, fence, { state, outputs: [], at: at + 1 + duration });
  return { ...facts, state, duration, metadata };
}

/** Returns the value of this name in a row, as far as lists compare it. */
function comparedValue(row: Row, { name, origin }: ValueName): number | string | undefined {
  const [given, printed] = [row.parameters, row.metadata].map((values) => comparable(values[name]));
  if (origin === "parameter") return given;
  return origin === "metadata" ? printed : (given ?? printed);
}

function comparable(value: unknown): number | string | undefined {
  if (typeof value === "boolean") return String(value);
  return typeof value === "number" || typeof value === "string" ? value : undefined;
}

/** Returns what a run is sorted by: the first reading counts that gives it a value, and of that its last node. */
function sortValueOfRun(row: RunRow, by: SortBy): unknown {
  if (by === "title") return "";
  if (by === "number" || by === "duration" || by === "name" || by === "state") return row[by];
  if (!("map" in by)) throw new TypeError("runs are not sorted by it");
  const values = by.map(({ node, ...name }) =>
    row.executions
      .filter((execution) => (node ?? execution.node) === execution.node)
      .map((execution) => comparedValue(execution, name))
      .findLast((value) => value !== undefined),
  );
  const value = values.find((each) => each !== undefined);
  return value === "NaN" ? undefined : value;
}

function holds(row: Row, condition: ValueCondition): boolean {
  const compared = comparedValue(row, condition);
  const isBoolean = condition.countsBooleans === true && (compared === "true" || compared === "false");
  const value = isBoolean ? Number(compared === "true") : compared;
  if (typeof value !== typeof condition.value || value === undefined || (condition.node ?? row.node) !== row.node)
    return false;
  const order = value < condition.value ? -1 : value > condition.value ? 1 : 0;
  return { "=": order === 0, "!=": order !== 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[
    condition.operator
  ];
}

type Sorted = { readonly number: number };
type SortBy = "number" | "duration" | "name" | "state" | "title" | ValueName | readonly NodeValueName[];

/**
 * Numbers, then texts, then what is missing, the direction within each; the numbers of the rows decide between equals.
 */
function inOrder<T extends Sorted>(
  rows: readonly T[],
  sort: { readonly by: SortBy; readonly direction: string } | undefined,
  of: (row: T, by: SortBy) => unknown,
  isNewestFirst: boolean,
): number[] {
  const sign = sort?.direction === "ascending" ? 1 : -1;
  const ties = isNewestFirst ? -1 : sign;
  const rank = (value: unknown): number => (typeof value === "number" ? 0 : value === undefined ? 2 : 1);
  const compare = (a: T, b: T): number => {
    const [x, y] = sort === undefined ? [0, 0] : [of(a, sort.by), of(b, sort.by)];
    if (rank(x) !== rank(y)) return rank(x) - rank(y);
    const order = x === y || x === undefined ? 0 : (x as number) < (y as number) ? -1 : 1;
    return order === 0 ? ties * (a.number - b.number) : sign * order;
  };
  return rows.toSorted(compare).map(({ number }) => number);
}

async function everyPage<Query extends PageRequest>(
  ask: (query: Query) => Promise<Listed<Sorted>>,
  query: Query,
): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await ask(after === undefined ? query : { ...query, after });
    expect(page.items.length).toBeLessThanOrEqual(query.limit);
    if (page.next !== null) expect(page.items).toHaveLength(query.limit);
    numbers.push(...page.items.map(({ number }) => number));
    after = page.next;
  }
  return numbers;
}

const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 2 });
const NAMES = fc.constantFrom("depth", "auc", "kind", "note", "flag", "nothing");
const ORIGINS = fc.constantFrom(undefined, "parameter", "metadata");
const valueNames = fc
  .tuple(NAMES, ORIGINS)
  .map(([name, origin]): ValueName => ({ name, ...(origin === undefined ? {} : { origin: origin as "parameter" }) }));
const nodeValueNames = fc.array(
  fc
    .tuple(valueNames, optional(fc.constantFrom("a", "c")))
    .map(([name, node]): NodeValueName => present({ ...name, ...(node !== undefined && { node }) })),
  { minLength: 1, maxLength: 2 },
);
const conditions = fc
  .tuple(
    valueNames,
    fc.constantFrom("=", "!=", "<", "<=", ">", ">="),
    fc.oneof(fc.nat(5), fc.constantFrom(0.5, "forest", "n1", "given", "true")),
    optional(fc.constantFrom("a", "b")),
    fc.boolean(),
  )
  .map(
    ([name, operator, value, node, countsBooleans]) =>
      ({
        ...name,
        ...{ operator, value },
        ...(node === undefined ? {} : { node }),
        ...(countsBooleans && typeof value === "number" ? { countsBooleans } : {}),
      }) as ValueCondition,
  );
const moments = fc.nat(45).map((days) => days * DAY_MS);
const directions = fc.constantFrom("ascending", "descending");
const common = {
  limit: fc.integer({ min: 1, max: 9 }),
  tags: optional(fc.subarray(["x", "y"])),
  below: optional(fc.nat(60)),
  since: optional(moments),
  until: optional(moments),
  values: optional(fc.array(conditions, { maxLength: 2 })),
};

function present<T extends object>(query: T): T {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as T;
}

const runQueries = fc
  .record({
    ...common,
    states: optional(fc.subarray(["complete", "error", "started", "queued"])),
    name: optional(fc.constantFrom("daily", "weekly", "no")),
    sort: optional(
      fc.record({
        by: fc.oneof(fc.constantFrom("number", "duration", "name", "state", "title"), nodeValueNames),
        direction: directions,
      }),
    ),
  })
  .map((query) => present(query) as RunQuery);

const executionQueries = fc
  .record({
    ...common,
    states: optional(fc.subarray(["complete", "error", "started", "queued"])),
    step: optional(fc.constantFrom("train", "test")),
    node: optional(fc.constantFrom(...NODES)),
    runName: optional(fc.constantFrom("daily", "weekly")),
    sort: optional(
      fc.record({ by: fc.oneof(fc.constantFrom("number", "duration"), valueNames), direction: directions }),
    ),
  })
  .map((query) => present(query) as ExecutionQuery);

function isListedRun(
  row: RunRow,
  { states, name, tags = [], below = Infinity, since = 0, until = Infinity, values = [] }: RunQuery,
): boolean {
  return (
    (states === undefined || states.includes(row.state)) &&
    (name ?? row.name) === row.name &&
    tags.every((tag) => row.tags.includes(tag)) &&
    row.number < below &&
    row.createdAt >= since &&
    row.createdAt < until &&
    values.every((condition) => row.executions.some((execution) => holds(execution, condition)))
  );
}

function isListedExecution(row: Row, query: ExecutionQuery): boolean {
  const { states, step, node, runName, tags = [], below = Infinity, since = 0, until = Infinity, values = [] } = query;
  return (
    (states === undefined || states.includes(row.state)) &&
    (step ?? row.step) === row.step &&
    (node ?? row.node) === row.node &&
    (runName ?? row.runName) === row.runName &&
    tags.every((tag) => row.tags.includes(tag)) &&
    row.number < below &&
    row.createdAt >= since &&
    row.createdAt < until &&
    values.every((condition) => holds(row, condition))
  );
}

/** Lists whose filters and orders go together freely, held to a plain model of them. */
export function testListPages(subject: StoreSubject): void {
  describe("lists in pages", () => {
    test("have what a plain model has, in its order, whatever is asked together and however long the pages are", async () => {
      await using rig = await StoreRig.start(subject);
      const { lists } = rig.store;
      const runs = await record(rig.store);
      const executions = runs.flatMap((run) => run.executions);
      await fc.assert(
        fc.asyncProperty(runQueries, async (query) => {
          const expected = inOrder(
            runs.filter((row) => isListedRun(row, query)),
            query.sort,
            sortValueOfRun,
            // Among runs that are equal, save in the orders that every row has a place of its own in.
            query.sort !== undefined && query.sort.by !== "number" && query.sort.by !== "duration",
          );
          expect(await everyPage((page: RunQuery) => lists.runs(page), query)).toEqual(expected);
        }),
        { numRuns: 150 },
      );
      await fc.assert(
        fc.asyncProperty(executionQueries, async (query) => {
          const expected = inOrder(
            executions.filter((row) => isListedExecution(row, query)),
            query.sort,
            (row, by) => (typeof by === "string" ? row[by as "number"] : comparedValue(row, by as ValueName)),
            false,
          );
          expect(await everyPage((page: ExecutionQuery) => lists.executions(page), query)).toEqual(expected);
        }),
        { numRuns: 300 },
      );
      const [first] = runs;
      const runId = (await lists.runs({ limit: 1, sort: { by: "number", direction: "ascending" } })).items[0]?.id ?? "";
      expect(
        await everyPage((page: ExecutionQuery) => lists.executions(page), { limit: 2, runId, step: "train" }),
      ).toEqual(
        first?.executions
          .filter(({ step }) => step === "train")
          .map(({ number }) => number)
          .toReversed(),
      );
    });

    testFilesAndNodes(subject);

    test("refuse a cursor of another list, or of nobody", async () => {
      await using rig = await StoreRig.start(subject);
      const { lists, runs } = rig.store;
      for (let index = 0; index < 3; index++) await runs.create(newRun());
      const { next } = await lists.runs({ limit: 1 });
      const refused = { code: "HR_USAGE", message: "the cursor does not belong to this list" };
      await expect(
        lists.runs({ limit: 1, after: next ?? "", sort: { by: "duration", direction: "ascending" } }),
      ).rejects.toMatchObject(refused);
      for (const after of [
        "",
        "x",
        "1 or 1=1",
        Buffer.from('["number desc",0,{},1]').toString("base64url"),
        Buffer.from("[[]").toString("base64url"),
      ]) {
        await expect(lists.runs({ limit: 1, after })).rejects.toMatchObject(refused);
        await expect(lists.executions({ limit: 1, after })).rejects.toMatchObject(refused);
        await expect(lists.files({ limit: 1, after })).rejects.toMatchObject(refused);
        await expect(lists.nodes("r", { limit: 1, after })).rejects.toMatchObject(refused);
      }
    });
  });
}

function testFilesAndNodes(subject: StoreSubject): void {
  test("of files and of nodes", async () => {
    await using rig = await StoreRig.start(subject);
    const { lists, queue, executions, runs, data } = rig.store;
    const run = await runs.create(newRun({ plan: planOf(["b", "a", "c"]) }));
    const made = await queue.add({
      ...{ runId: run.id, node: "a", step: "train", image: "", environmentName: "local", commit: "~abc", at: 5 },
      resolved: RESOLVED,
    });
    const fence = (await queue.claim(made?.id ?? "", "me", 6)) ?? -1;
    const file = (name: string) => ({ name, sizeBytes: 1, sha256: "ab".repeat(32), properties: {} });
    await executions.finish(made?.id ?? "", fence, { state: "complete", outputs: ["z", "x", "y"].map(file), at: 7 });
    await data.add({ ...file("fetched"), uri: "http://x/fetched" }, 9);

    const names = async (query: Parameters<typeof lists.files>[0]) =>
      (await lists.files(query)).items.map(({ name }) => name);
    expect(await names({ limit: 9 })).toEqual(["fetched", "y", "x", "z"]);
    expect(await names({ limit: 9, sort: { by: "name", direction: "ascending" } })).toEqual(["fetched", "x", "y", "z"]);
    expect(await names({ limit: 9, runId: run.id, step: "train", until: 8, name: "x" })).toEqual(["x"]);
    expect(await names({ limit: 9, executionId: made?.id ?? "", since: 8 })).toEqual([]);
    const page = await lists.files({ limit: 2, sort: { by: "name", direction: "descending" } });
    expect(page.items.map(({ name }) => name)).toEqual(["z", "y"]);
    expect(await names({ limit: 2, sort: { by: "name", direction: "descending" }, after: page.next ?? "" })).toEqual([
      "x",
      "fetched",
    ]);

    const nodes = await lists.nodes(run.id, { limit: 2 });
    expect(nodes.items.map(({ node, planned }) => [node.name, node.state, planned.step.name])).toEqual([
      ["b", "waiting", "train"],
      ["a", "complete", "train"],
    ]);
    expect(
      (await lists.nodes(run.id, { limit: 2, after: nodes.next ?? "" })).items.map(({ node }) => node.name),
    ).toEqual(["c"]);
    expect(await lists.nodes(run.id, { limit: 2, states: ["complete"] })).toMatchObject({
      items: [{ node: { name: "a" } }],
      next: null,
    });
    expect(await lists.nodes("no run", { limit: 2 })).toEqual({ items: [], next: null });
  });
}
