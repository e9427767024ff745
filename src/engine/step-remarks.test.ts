import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Plan } from "../planning/index.ts";
import { openTestStore } from "../store/fixtures/open-test-store.ts";
import type { ProjectStore } from "../store/index.ts";
import { RecordedRemarks } from "./step-remarks.ts";

let folder: string;
let store: ProjectStore & AsyncDisposable;
let runId: string;
let now = 0;
const clock = { now: () => now, monotonic: () => now };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "headrace-remarks-"));
  store = await openTestStore({ file: join(folder, "db"), projectName: "p" });
  const nodes = [{ name: "n", dependsOn: [], step: { name: "s" } }];
  const plan = { kind: "step", name: "s", parameters: {}, nodes } as unknown as Plan;
  runId = (await store.runs.create({ plan, commit: "c", jobs: 1, actor: "local:me", tags: [], at: 1 })).id;
  now = 10_000;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(async () => {
  vi.useRealTimers();
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function tick(ms: number): void {
  now += ms;
  vi.advanceTimersByTime(ms);
}

/** As much later, with all that is due by then written. */
async function later(ms: number, remarks: RecordedRemarks): Promise<void> {
  tick(ms);
  await remarks.close({ write: false });
}

async function said(): Promise<readonly string[]> {
  const events = await store.events.list({ afterId: 0, kinds: ["execution-progress", "warning"], limit: 99 });
  return events.map(({ body }) => ("message" in body ? body.message : ""));
}

test("remarks wait for a transaction that is due, and are written by themselves where none is", async () => {
  const remarks = new RecordedRemarks({ store, clock }, { runId, node: "n" });
  remarks.progress("one");
  remarks.warn("odd");
  expect(remarks.take()).toEqual([
    { kind: "progress", message: "one" },
    { kind: "warning", message: "odd" },
  ]);
  expect(vi.getTimerCount()).toBe(0);
  remarks.warn("strange");
  await later(100, remarks);
  expect(await said()).toEqual(["strange"]);
  expect(remarks.take()).toEqual([]);
});

test("progress is written once a second, the newest first of all, and a warning does not wait for it", async () => {
  const remarks = new RecordedRemarks({ store, clock }, { runId, node: "n" });
  remarks.progress("1 %");
  remarks.progress("2 %");
  tick(100);
  remarks.progress("3 %");
  tick(999);
  remarks.progress("4 %");
  tick(1);
  remarks.progress("5 %");
  remarks.warn("slow");
  await later(100, remarks);
  expect(await said()).toEqual(["2 %", "4 %", "5 %", "slow"]);
});

test("what was said already is not said again", async () => {
  const remarks = new RecordedRemarks({ store, clock }, { runId, node: "n" });
  remarks.progress("one");
  remarks.warn("odd");
  remarks.take();
  remarks.progress("one");
  remarks.warn("odd");
  expect(remarks.take()).toEqual([]);
});

test("warnings that could not be written come with the record of the end", async () => {
  const remarks = new RecordedRemarks({ store, clock }, { runId: crypto.randomUUID(), node: "n" });
  remarks.progress("one");
  remarks.warn("odd");
  await vi.advanceTimersByTimeAsync(100);
  await vi.waitFor(() => expect(remarks.take()).toEqual([{ kind: "warning", message: "odd" }]));
});

test("a node's execution takes over what was said for the node, and what is still to be said", async () => {
  const first = new RecordedRemarks({ store, clock }, { runId, node: "n" });
  const second = new RecordedRemarks({ store, clock }, { runId, node: "n" });
  first.warn("an old server");
  first.progress("10 MB");
  await later(100, first);
  first.progress("20 MB");
  first.handTo(second);
  expect(second.take()).toEqual([
    { kind: "warning", message: "an old server" },
    { kind: "progress", message: "20 MB" },
  ]);
  first.progress("30 MB");
  first.warn("a slow server");
  expect(second.take()).toEqual([
    { kind: "progress", message: "30 MB" },
    { kind: "warning", message: "a slow server" },
  ]);
  expect(await said()).toEqual(["an old server", "10 MB"]);
});
