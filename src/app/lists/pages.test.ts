import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newRun, planOf, startNode } from "../../store/conformance/rig.ts";
import { openTestStore, type TestStore } from "../../store/fixtures/open-test-store.ts";
import { executionPage, filePage, nodePage } from "./pages.ts";

const folder = mkdtempSync(join(tmpdir(), "headrace-pages-"));
let store: TestStore;

beforeAll(async () => {
  store = await openTestStore({ file: join(folder, "headrace.db"), projectName: "pages" });
  const run = await store.runs.create(newRun({ plan: planOf(["a", "b", "c"]) }));
  for (const node of ["a", "b"]) {
    const { id, fence } = await startNode(store, run, node);
    await store.metadata.add(id, fence, [{ offset: 0, at: 1, values: { auc: node === "a" ? 0.9 : 0.7 } }]);
    const file = { name: `${node}.bin`, sizeBytes: 3, sha256: "ab".repeat(32), properties: {} };
    await store.executions.finish(id, fence, { state: "complete", outputs: [file], at: 4_000 });
  }
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test("a page of nodes has the executions of these nodes alone", async () => {
  const first = await nodePage(store, "1", { limit: 1 });
  expect(first.items).toMatchObject([
    { name: "a", state: "complete", step: "train", attempts: 1, execution: { number: 2, outputs: [{ name: "a.bin" }] } },
  ]);
  const rest = await nodePage(store, "latest", { limit: 5, after: first.next ?? "" });
  expect(rest).toMatchObject({ items: [{ name: "b" }, { name: "c", state: "waiting", execution: null }], next: null });
  expect((await nodePage(store, "1", { limit: 5, states: ["waiting"] })).items.map(({ name }) => name)).toEqual(["c"]);
  await expect(nodePage(store, "2", { limit: 1 })).rejects.toMatchObject({ code: "HR_USAGE" });
});

test("a page of executions has their files and the number of their run", async () => {
  const best = { by: { name: "auc" }, direction: "ascending" } as const;
  const page = await executionPage(store, { limit: 1, sort: best });
  expect(page.items).toMatchObject([{ number: 3, run: 1, node: "b", metadata: { auc: 0.7 }, outputs: [{ name: "b.bin", execution: 3 }] }]);
  expect((await executionPage(store, { limit: 1, sort: best, after: page.next ?? "" })).items).toMatchObject([{ number: 2 }]);
});

test("a page of files says who made them", async () => {
  const { items } = await filePage(store, { limit: 5, sort: { by: "name", direction: "ascending" } });
  expect(items.map(({ name, execution, node }) => [name, execution, node])).toEqual([
    ["a.bin", 2, "a"],
    ["b.bin", 3, "b"],
  ]);
});
