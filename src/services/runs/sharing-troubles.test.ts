import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { executionFolder } from "../../contract/index.ts";
import {
  clearLost,
  type EngineParts,
  ProjectDriver,
  type ProjectNotice,
  RunDriver,
  Worker,
  WorkerSlots,
} from "../../engine/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { ExecutionRecord, RunRecord } from "../../store/index.ts";
import { executionsFolder } from "../installation/state-folder.ts";
import { SharingRig } from "./fixtures/sharing-rig.ts";

const STEPS = `- step: { name: s, image: "", command: "true" }
- pipeline: { name: p, nodes: [{ name: n, step: s, type: execution }], edges: [] }
`;

/** As in an engine whose settings no longer name the environment of these executions. */
function without(parts: EngineParts, isGone: (executionId: string) => boolean): EngineParts {
  const placeOf: EngineParts["placeOf"] = async (execution) => {
    if (isGone(execution.id))
      throw new HeadraceError("HR_NOT_FOUND", "it is not set up here any more", { hint: "put it back" });
    return await parts.placeOf(execution);
  };
  return { ...parts, placeOf };
}

/** An execution of an engine of which nothing is known any more. */
async function orphan({ store }: SharingRig, run: RunRecord, node: string): Promise<ExecutionRecord> {
  const resolved = { command: ["true"], parameters: {}, inputs: [], environmentVariables: {} };
  const wanted = {
    runId: run.id,
    node,
    step: "s",
    image: "",
    environmentName: "local",
    commit: run.commit,
    resolved,
    at: 1,
  };
  // An engine starts a run before it begins a node of it.
  if ((await store.runs.get(run.id))?.state === "created")
    await store.runs.setState(run.id, { state: "started", at: 1, fence: run.fence });
  const started = await store.queue.start(wanted, { owner: "gone" });
  if (started === undefined) throw new Error("the node was waiting");
  return started.execution;
}

it("a node of an environment that is not set up any more fails with the reason, also where it has an earlier result", async () => {
  await using rig = await SharingRig.start(STEPS);
  const { parts } = await rig.engine("one");
  const drive = async (chosen: EngineParts) =>
    await new RunDriver(
      chosen,
      new Worker(chosen, new WorkerSlots(1).share()),
      await rig.run("one"),
      await rig.plan(),
      {},
    ).execute();
  expect(await drive(parts)).toBe("complete");
  expect(await drive(without(parts, () => true))).toBe("error");
  expect((await rig.store.lists.executions({ limit: 1 })).items[0]).toMatchObject({
    state: "error",
    reason: "it is not set up here any more\nhint: put it back",
  });
});

it("an engine leaves a run that it cannot go on with to others, and works on for the rest", async () => {
  await using rig = await SharingRig.start(STEPS);
  const { parts } = await rig.engine("one", { takesAnyRun: true });
  const [stuck, other] = [await rig.run("gone"), await rig.run(undefined)];
  const execution = await orphan(rig, stuck, "n");
  const notices: ProjectNotice[] = [];
  const driver = new ProjectDriver(
    without(parts, (id) => id === execution.id),
    { slots: new WorkerSlots(1).share(), onNotice: (notice) => notices.push(notice) },
  );
  await driver.drive({ until: "idle", signal: new AbortController().signal });
  expect(notices.flatMap((notice) => (notice.kind === "run-left" ? [[notice.run.number, notice.reason]] : []))).toEqual(
    [[stuck.number, "it is not set up here any more (put it back)"]],
  );
  expect(await rig.store.runs.get(other.id)).toMatchObject({ state: "complete" });
  // A process that can go on with the run finds it free, and its step as it was.
  expect(await rig.store.runs.get(stuck.id)).not.toHaveProperty("owner");
  expect(await rig.store.queue.listClaimed("gone")).toHaveLength(1);
});

it("a process that gives up while it takes up what a dead engine left gives up nothing of that as lost", async () => {
  const names = ["a", "b", "c"];
  const nodes = names.map((name) => `{ name: ${name}, step: s, type: execution }`).join(", ");
  await using rig = await SharingRig.start(
    `- step: { name: s, image: "", command: "true" }\n- pipeline: { name: p, nodes: [${nodes}], edges: [] }\n`,
  );
  const { parts } = await rig.engine("one");
  const run = await rig.run("gone");
  for (const node of names) mkdirSync((await parts.placeOf(await orphan(rig, run, node))).folder, { recursive: true });
  let adopted = 0;
  // Between the second and the third, of which it has read together.
  const worker: Worker = new Worker(
    parts,
    new WorkerSlots(1).share(),
    () => ++adopted === 2 && worker.giveUp(new Error("the store of files is away")),
  );
  const begun = { ...run, state: "started" } as const;
  await expect(new RunDriver(parts, worker, begun, await rig.plan(), {}).execute()).rejects.toThrow(
    "the store of files is away",
  );
  await worker.idle();
  expect((await rig.store.lists.executions({ runId: run.id, limit: 1 })).items[0]).toMatchObject({
    node: "c",
    state: "started",
  });
  expect((await rig.store.queue.listClaimed("gone")).map(({ node }) => node)).toEqual(["c"]);
});

it("what was lost in an environment that is not set up any more keeps no engine from beginning", async () => {
  await using rig = await SharingRig.start(STEPS);
  const { parts } = await rig.engine("one");
  const run = await rig.run("gone");
  const execution = await orphan(rig, run, "n");
  mkdirSync(executionFolder((await parts.placeOf(execution)).folder).valohai, { recursive: true });
  await rig.store.executions.finish(execution.id, 1, { state: "error", reason: "lost: …", outputs: [], at: 5 });
  await clearLost(
    without(parts, () => true),
    executionsFolder(rig.project),
  );
  expect((await rig.store.executions.get(execution.id))?.warnings).toEqual([
    "what is left of execution 2, which was lost, could not be cleared: it is not set up here any more",
  ]);
});

it("a step that its run's end stops in another engine tells why", async () => {
  await using rig = await SharingRig.start("[]");
  const begun = rig.file("begun");
  const steps = [
    `- step: { name: f, image: "", command: 'while ! [ -e "${begun}" ]; do sleep 0.02; done; false' }`,
    `- step: { name: w, image: "", command: 'touch "${begun}"; exec sleep 1000' }`,
    "- pipeline: { name: p, nodes: [{ name: a, step: f, type: execution, on-error: stop-all }, { name: b, step: w, type: execution }], edges: [] }",
  ];
  writeFileSync(join(rig.root, "valohai.yaml"), steps.join("\n"));
  const [one, two] = [await rig.engine("one"), await rig.engine("two", { pid: 2 })];
  const run = await rig.run("one");
  const leaving = new AbortController();
  const serving = new ProjectDriver(two.parts, {
    slots: new WorkerSlots(2).share(),
    onNotice: () => undefined,
  }).drive({ signal: leaving.signal });
  expect(
    await new RunDriver(
      one.parts,
      new Worker(one.parts, new WorkerSlots(0).share()),
      run,
      await rig.plan(),
      {},
    ).execute(),
  ).toBe("error");
  leaving.abort();
  await serving;
  const executions = (await rig.store.lists.executions({ runId: run.id, limit: 2 })).items;
  expect(executions.map(({ node, state, reason }) => [node, state, reason])).toEqual([
    ["b", "stopped", "a failed"],
    ["a", "error", "it exited with code 1"],
  ]);
});
