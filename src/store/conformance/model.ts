import fc from "fast-check";
import { expect, test } from "vitest";
import type { ProjectStore } from "../project/project-store.ts";
import type { FinalState, NodeState, RunState } from "../records.ts";
import { EXECUTION_TRANSITIONS, RUN_TRANSITIONS } from "../transitions.ts";
import { newRun, planOf, RESOLVED, StoreRig, type StoreSubject, UNKNOWN_ID } from "./rig.ts";

const NODES = ["a", "b", "c"];

/** The expected content of the store, kept in the plainest way. */
interface ModelRun {
  readonly id: string;
  readonly number: number;
  state: RunState;
  stopRequested: boolean;
  readonly nodes: Map<string, NodeState>;
}
interface ModelExecution {
  readonly id: string;
  readonly number: number;
  readonly run: ModelRun;
  readonly node: string;
  state: RunState;
  fence: number;
  owner: string | undefined;
  stopRequested: boolean;
  outputs: number;
}

/** One step of a random history. Numbers pick among what exists, so that every history is meaningful. */
type Operation =
  | { readonly kind: "create-run" }
  | { readonly kind: "set-run-state"; readonly run: number; readonly state: RunState }
  | { readonly kind: "skip"; readonly run: number; readonly node: number }
  | { readonly kind: "create-execution"; readonly run: number; readonly node: number }
  | { readonly kind: "claim"; readonly execution: number; readonly owner: string }
  | { readonly kind: "adopt"; readonly execution: number; readonly owner: string; readonly staleBy: number }
  | { readonly kind: "stopping"; readonly execution: number; readonly staleBy: number }
  | {
      readonly kind: "finish";
      readonly execution: number;
      readonly state: FinalState;
      readonly outputs: number;
      readonly staleBy: number;
    }
  | { readonly kind: "request-stop"; readonly run: number; readonly execution?: number };

const pick = fc.nat({ max: 7 });
const owner = fc.constantFrom("x", "y");
const staleBy = fc.constantFrom(0, 0, 0, 1);
const runState = fc.constantFrom<RunState>("created", "queued", "started", "stopping", "complete", "error", "stopped");
const finalState = fc.constantFrom<FinalState>("complete", "error", "stopped");

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ kind: "create-run" } as const) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("set-run-state" as const), run: pick, state: runState }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("skip" as const), run: pick, node: pick }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("create-execution" as const), run: pick, node: pick }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("claim" as const), execution: pick, owner }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("adopt" as const), execution: pick, owner, staleBy }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("stopping" as const), execution: pick, staleBy }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("finish" as const),
      execution: pick,
      state: finalState,
      outputs: fc.nat({ max: 2 }),
      staleBy,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      { kind: fc.constant("request-stop" as const), run: pick, execution: pick },
      { requiredKeys: ["kind", "run"] },
    ),
  },
);

export function testModel(subject: StoreSubject): void {
  test("random histories end as a plain model says", async () => {
    const property = fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 60 }), async (history) => {
      await using rig = await StoreRig.start(subject);
      const model = new Model(rig.store);
      for (const step of history) await model.apply(step);
      await model.compare(rig.store);
      await model.compare(await rig.open());
    });
    await fc.assert(property, { numRuns: 40 });
  });
}

class Model {
  readonly #store: ProjectStore;
  readonly #runs: ModelRun[] = [];
  readonly #executions: ModelExecution[] = [];
  #number = 0;

  constructor(store: ProjectStore) {
    this.#store = store;
  }

  /** Does the operation on store and model, and compares the outcome. */
  async apply(step: Operation): Promise<void> {
    if (step.kind === "create-run") return this.#createRun();
    if ("run" in step) {
      const run = this.#runs[step.run % Math.max(1, this.#runs.length)];
      if (run !== undefined) await this.#applyToRun(run, step);
      return;
    }
    const execution = this.#executions[step.execution % Math.max(1, this.#executions.length)];
    if (execution !== undefined) await this.#applyToExecution(execution, step);
  }

  async #createRun(): Promise<void> {
    const { id, number } = await this.#store.runs.create(newRun({ plan: planOf(NODES) }));
    expect(number).toBe(++this.#number);
    this.#runs.push({
      id,
      number,
      state: "created",
      stopRequested: false,
      nodes: new Map(NODES.map((node) => [node, "waiting"])),
    });
  }

  async #applyToRun(run: ModelRun, step: Extract<Operation, { readonly run: number }>): Promise<void> {
    switch (step.kind) {
      case "set-run-state": {
        const allowed =
          RUN_TRANSITIONS[run.state].includes(step.state) || (run.state === step.state && !isEnd(run.state));
        await expectOutcome(this.#store.runs.setState(run.id, { state: step.state, at: 1 }), allowed);
        if (allowed) run.state = step.state;
        return;
      }
      case "skip": {
        const node = nodeOf(step.node);
        await this.#store.nodes.skip(run.id, [node], "skipped", 1);
        if (run.nodes.get(node) === "waiting") run.nodes.set(node, "skipped");
        return;
      }
      case "create-execution":
        return this.#createExecution(run, nodeOf(step.node));
      case "request-stop":
        return this.#requestStop(run, step.execution);
    }
  }

  async #createExecution(run: ModelRun, node: string): Promise<void> {
    const creating = this.#store.queue.add({
      runId: run.id,
      node,
      step: "s",
      image: "i",
      environmentName: "local",
      commit: "c",
      resolved: RESOLVED,
      at: 1,
    });
    await expectOutcome(creating, !isEnd(run.state));
    if (isEnd(run.state)) return;
    const execution = await creating;
    expect(execution !== undefined).toBe(run.nodes.get(node) === "waiting");
    if (execution === undefined) return;
    const { id, number } = execution;
    expect(number).toBe(++this.#number);
    run.nodes.set(node, "active");
    this.#executions.push({
      id,
      number,
      run,
      node,
      state: "queued",
      fence: 0,
      owner: undefined,
      stopRequested: false,
      outputs: 0,
    });
  }

  async #requestStop(run: ModelRun, pickedExecution: number | undefined): Promise<void> {
    const own = this.#executions.filter((execution) => execution.run === run);
    const execution = pickedExecution === undefined ? undefined : own[pickedExecution % Math.max(1, own.length)];
    const target = execution ?? run;
    const asked = await this.#store.runs.requestStop(
      { runId: run.id, ...(execution !== undefined && { executionId: execution.id }) },
      1,
    );
    expect(asked).toBe(!isEnd(target.state));
    if (asked) target.stopRequested = true;
  }

  async #applyToExecution(
    execution: ModelExecution,
    step: Extract<Operation, { readonly execution: number; readonly run?: never }>,
  ): Promise<void> {
    switch (step.kind) {
      case "claim": {
        const fence = await this.#store.queue.claim(execution.id, step.owner, 1);
        expect(fence).toBe(execution.state === "queued" ? execution.fence + 1 : undefined);
        if (fence !== undefined) Object.assign(execution, { state: "started", fence, owner: step.owner });
        return;
      }
      case "adopt": {
        const fence = await this.#store.queue.adopt(execution.id, execution.fence - step.staleBy, step.owner);
        const allowed = isHeld(execution.state) && step.staleBy === 0;
        expect(fence).toBe(allowed ? execution.fence + 1 : undefined);
        if (fence !== undefined) Object.assign(execution, { fence, owner: step.owner });
        return;
      }
      case "stopping": {
        const allowed = isHeld(execution.state) && step.staleBy === 0;
        const fence = execution.fence - step.staleBy;
        await expectOutcome(this.#store.executions.update(execution.id, fence, { state: "stopping", at: 1 }), allowed);
        if (allowed) execution.state = "stopping";
        return;
      }
      case "finish":
        return this.#finish(execution, step);
    }
  }

  async #finish(execution: ModelExecution, step: Extract<Operation, { readonly kind: "finish" }>): Promise<void> {
    const allowed = EXECUTION_TRANSITIONS[execution.state].includes(step.state) && step.staleBy === 0;
    const outputs = Array.from({ length: step.outputs }, (_, index) => ({
      name: `${index}`,
      sizeBytes: index,
      sha256: "a".repeat(64),
      properties: {},
    }));
    const finishing = this.#store.executions.finish(execution.id, execution.fence - step.staleBy, {
      state: step.state,
      outputs,
      at: 1,
    });
    await expectOutcome(finishing, allowed);
    if (!allowed) return;
    Object.assign(execution, { state: step.state, outputs: step.outputs });
    execution.run.nodes.set(execution.node, step.state);
  }

  /** Everything that the store can be asked, against everything that the model knows. */
  async compare(store: ProjectStore): Promise<void> {
    const newest = [...this.#runs].reverse();
    expect((await store.lists.runs({ limit: 100 })).items.map(({ id, state }) => ({ id, state }))).toEqual(
      newest.map(({ id, state }) => ({ id, state })),
    );
    expect(await store.runs.latestNumber()).toBe(newest[0]?.number);
    for (const run of this.#runs) {
      const nodes = await store.nodes.list(run.id);
      expect(new Map(nodes.map((node) => [node.name, node.state]))).toEqual(run.nodes);
      const own = this.#executions.filter((execution) => execution.run === run);
      expect(await store.runs.getStopRequests(run.id)).toEqual({
        run: run.stopRequested && !isEnd(run.state),
        executionIds: own
          .filter((execution) => execution.stopRequested && !isEnd(execution.state))
          .map((execution) => execution.id),
      });
      expect(
        (await store.lists.executions({ runId: run.id, limit: 100 })).items.map((execution) => execution.id),
      ).toEqual(own.map(({ id }) => id).reverse());
    }
    for (const { id, number, state, node, outputs } of this.#executions) {
      expect(await store.findByNumber(number)).toMatchObject({ kind: "execution", execution: { id, state, node } });
      expect(await store.data.listOutputs(id)).toHaveLength(outputs);
    }
    for (const state of ["queued", "started", "stopping", "complete", "error", "stopped"] as const) {
      const expected = this.#executions
        .filter((execution) => execution.state === state)
        .map((execution) => execution.id);
      expect(
        (await store.lists.executions({ states: [state], limit: 100 })).items.map((execution) => execution.id),
      ).toEqual(expected.reverse());
    }
    const held = this.#executions.filter((execution) => isHeld(execution.state));
    const claims = await store.queue.listClaimed();
    expect(claims.map(({ executionId, owner: by, fence }) => ({ executionId, by, fence }))).toEqual(
      held.map(({ id, owner: by, fence }) => ({ executionId: id, by, fence })),
    );
    expect(await store.executions.get(UNKNOWN_ID)).toBeUndefined();
  }
}

function nodeOf(picked: number): string {
  return NODES[picked % NODES.length] ?? "a";
}

function isEnd(state: RunState): boolean {
  return state === "complete" || state === "error" || state === "stopped";
}

function isHeld(state: RunState): boolean {
  return state === "started" || state === "stopping";
}

async function expectOutcome(promise: Promise<unknown>, allowed: boolean): Promise<void> {
  if (allowed) await promise;
  else await expect(promise).rejects.toMatchObject({ code: "HR_CONFLICT" });
}
