import { openTestStore } from "../fixtures/open-test-store.ts";
import type { ProjectStore } from "../project/project-store.ts";
import type { ClaimLimits } from "../project/requests.ts";
import { newRun, planOf, queueNode, RESOLVED, type SubjectModule } from "./rig.ts";

/** The tasks that a child process can be given. Results go back over the process channel. */
export interface ChildTasks {
  readonly createRun: { readonly input: null; readonly result: number };
  /** Claims what it can of the executions, in its own order; returns the ids it got. */
  readonly claim: {
    readonly input: { readonly ids: readonly string[]; readonly owner: string };
    readonly result: readonly string[];
  };
  /** Takes what it can of the nodes; returns the numbers it got. */
  readonly createExecutions: {
    readonly input: { readonly runId: string; readonly nodes: readonly string[] };
    readonly result: readonly number[];
  };
  /** Takes the oldest of the queue until nothing is left; returns the ids it got, in that order. */
  readonly claimAll: {
    readonly input: { readonly owner: string; readonly limits?: ClaimLimits };
    readonly result: readonly string[];
  };
  readonly requestStop: { readonly input: { readonly runId: string }; readonly result: boolean };
  /**
   * Runs and finishes node after node of new runs until it is killed; reports each finished execution once it is
   * committed.
   */
  readonly workForever: { readonly input: null; readonly result: never };
}

const TASKS: {
  readonly [Name in keyof ChildTasks]: (
    store: ProjectStore,
    input: ChildTasks[Name]["input"],
  ) => Promise<ChildTasks[Name]["result"]>;
} = {
  createRun: async (store) => (await store.runs.create(newRun())).number,
  claim: async (store, { ids, owner }) => {
    const won: string[] = [];
    for (const id of ids) if ((await store.queue.claim(id, owner, 1)) !== undefined) won.push(id);
    return won;
  },
  createExecutions: async (store, { runId, nodes }) => {
    const won: number[] = [];
    for (const node of nodes) {
      const execution = await store.queue.add({
        runId,
        node,
        step: "s",
        image: "i",
        environmentName: "local",
        commit: "c",
        resolved: RESOLVED,
        at: 1,
      });
      if (execution !== undefined) won.push(execution.number);
    }
    return won;
  },
  claimAll: async (store, { owner, limits }) => {
    const won: string[] = [];
    for (;;) {
      const next = await store.queue.claimNext({ pool: "here", owner, at: 1, limits });
      if (next === undefined) return won;
      won.push(next.execution.id);
    }
  },
  requestStop: (store, { runId }) => store.runs.requestStop({ runId }, 1),
  workForever: async (store) => {
    for (;;) {
      const run = await store.runs.create(newRun({ plan: planOf(["a", "b", "c"]) }));
      await Promise.all(["a", "b", "c"].map((node) => liveThrough(store, run, node)));
      await store.runs.setState(run.id, { state: "started", at: 1 });
      await store.runs.setState(run.id, { state: "complete", at: 1 });
    }
  },
};

async function liveThrough(store: ProjectStore, run: Parameters<typeof queueNode>[1], node: string): Promise<void> {
  const { id } = await queueNode(store, run, node);
  const fence = (await store.queue.claim(id, "child", 1)) ?? -1;
  await store.metadata.add(id, fence, [
    { offset: 0, at: 1, values: { loss: 2 } },
    { offset: 9, at: 1, values: { loss: 1 } },
  ]);
  const output = { name: "model", sizeBytes: 1, sha256: "a".repeat(64), properties: {} };
  await store.executions.finish(id, fence, { state: "complete", exitCode: 0, outputs: [output], at: 2 });
  process.send?.({ kind: "progress", value: id });
}

async function main(module: string, folder: string): Promise<void> {
  const { place, projectName } = ((await import(module)) as SubjectModule).placeOf(folder);
  process.send?.({ kind: "ready" });
  const { promise, resolve } = Promise.withResolvers<{ readonly task: keyof ChildTasks; readonly input: never }>();
  process.once("message", resolve);
  const { task, input } = await promise;
  await using store = await openTestStore({ ...place, projectName });
  process.send?.({ kind: "result", value: await TASKS[task](store, input) });
  process.disconnect();
}

const [module, folder] = process.argv.slice(2);
if (module === undefined || folder === undefined) throw new Error("usage: child.ts MODULE FOLDER");
await main(module, folder);
