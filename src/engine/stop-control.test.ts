import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Plan } from "../planning/index.ts";
import { openTestStore, type TestStore } from "../store/fixtures/open-test-store.ts";
import { StopControl } from "./stop-control.ts";

/** A store with a started run of one node whose execution is under way. */
async function setUp(): Promise<
  AsyncDisposable & {
    readonly store: TestStore;
    readonly file: string;
    readonly runId: string;
    readonly executionId: string;
  }
> {
  const folder = mkdtempSync(join(tmpdir(), "headrace-stop-"));
  const file = join(folder, "db");
  const store = await openTestStore({ file, projectName: "p" });
  const plan = {
    kind: "step",
    name: "s",
    parameters: {},
    nodes: [{ name: "n", dependsOn: [], step: { name: "s" } }],
  } as unknown as Plan;
  const run = await store.runs.create({ plan, commit: "c", jobs: 1, actor: "local:me", tags: [], at: 1 });
  await store.runs.setState(run.id, { state: "started", at: 2 });
  const resolved = { parameters: {}, inputs: [], environmentVariables: {}, command: [] };
  const execution = await store.queue.add({
    runId: run.id,
    node: "n",
    step: "s",
    image: "i",
    environmentName: "local",
    commit: "c",
    resolved,
    at: 3,
  });
  if (execution === undefined) throw new Error("the node should be free");
  await store.queue.claim(execution.id, "me", 4);
  return {
    store,
    file,
    runId: run.id,
    executionId: execution.id,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });
}

describe("StopControl", () => {
  it("hears the caller, also one who called before", async () => {
    await using world = await setUp();
    using late = new StopControl({ store: world.store, runId: world.runId, signal: AbortSignal.abort() });
    expect(late.run.reason).toBe("stopped by the user");
    const caller = new AbortController();
    using control = new StopControl({ store: world.store, runId: world.runId, signal: caller.signal });
    const execution = control.executionSignal(world.executionId);
    expect(execution.aborted).toBe(false);
    caller.abort();
    expect([control.run.reason, execution.reason, control.kill.aborted]).toEqual([
      "stopped by the user",
      "stopped by the user",
      false,
    ]);
  });

  it("stops the executions under way with the run, those that come later at once, and not those that have ended", async () => {
    await using world = await setUp();
    using control = new StopControl({ store: world.store, runId: world.runId });
    const ended = control.executionSignal("ended");
    const running = control.executionSignal("running");
    control.release("ended");
    control.stopRun("enough");
    control.stopRun("more than enough");
    const late = control.executionSignal("late");
    expect([ended.aborted, running.reason, late.reason]).toEqual([false, "enough", "enough"]);
  });

  it("a kill is a stop as well", async () => {
    await using world = await setUp();
    const caller = new AbortController();
    using control = new StopControl({ store: world.store, runId: world.runId, killSignal: caller.signal });
    caller.abort();
    expect([control.run.aborted, control.kill.aborted]).toEqual([true, true]);
  });

  it("hears a request that another connection wrote: of the run", async () => {
    await using world = await setUp();
    await using other = await openTestStore({ file: world.file, projectName: "p" });
    using control = new StopControl({ store: world.store, runId: world.runId });
    await other.runs.requestStop({ runId: world.runId }, 5);
    expect(await aborted(control.run)).toBe("stopped by request");
  });

  it("… and of one execution, which leaves the run alone", async () => {
    await using world = await setUp();
    await using other = await openTestStore({ file: world.file, projectName: "p" });
    using control = new StopControl({ store: world.store, runId: world.runId });
    const signal = control.executionSignal(world.executionId);
    await other.runs.requestStop({ runId: world.runId, executionId: world.executionId }, 5);
    expect(await aborted(signal)).toBe("stopped by request");
    expect(control.run.aborted).toBe(false);
  });

  it("… with its reason, where one was given", async () => {
    await using world = await setUp();
    await world.store.runs.requestStop({ runId: world.runId, executionId: world.executionId, reason: "n2 failed" }, 5);
    using control = new StopControl({ store: world.store, runId: world.runId });
    expect(await aborted(control.executionSignal(world.executionId))).toBe("n2 failed");
  });

  it("hears a request that stood there before it was made", async () => {
    await using world = await setUp();
    await world.store.runs.requestStop({ runId: world.runId }, 5);
    using control = new StopControl({ store: world.store, runId: world.runId });
    expect(await aborted(control.run)).toBe("stopped by request");
  });
});
