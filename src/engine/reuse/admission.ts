import { HeadraceError } from "../../errors.ts";
import { faultPoint } from "../../fault-point.ts";
import type { PlannedExecution, ResolvedNode, RunDecision } from "../../planning/index.ts";
import type { ReusedNode, RunRecord } from "../../store/index.ts";
import { systemFailure } from "../../system-failure.ts";
import { endsEngine } from "../ends-engine.ts";
import type { EngineParts, ExecutionPlace } from "../engine-parts.ts";
import { fetchInputs } from "../fetch-inputs.ts";
import type { SourceLookup } from "../node-results.ts";
import type { ReadyNodes } from "../node-runners/node-runner.ts";
import { RecordedRemarks } from "../step-remarks.ts";
import type { Claimant } from "./claims.ts";
import type { FetchedInputs } from "./fetched-inputs.ts";
import { Reuse, type Verdict } from "./reuse.ts";

/**
 * Decided together. The lists of names in the questions to the database cost their length squared: twice as many take a
 * tenth longer.
 */
const TOGETHER = 150;
/** Recorded in one transaction at most, so that who watches a long chain sees it move. */
const RECORDED_TOGETHER = 1_000;

/** No executor is called so: nothing earlier equals what is to run on it. */
const UNKNOWN_EXECUTOR = "unknown";

export interface AdmissionCalls {
  readonly nodes: readonly PlannedExecution[];
  readonly nodeOf: (name: string) => PlannedExecution;
  readonly sources: SourceLookup;
  /**
   * The node is complete with an earlier execution. Draws the consequences; returns the nodes that have become ready.
   */
  readonly reused: (node: PlannedExecution, verdict: ReuseVerdict) => ReadyNodes;
  /** These are to run. */
  readonly start: (nodes: readonly string[]) => void;
  /** These have become ready, and others than this decide about them. */
  readonly begin: (nodes: readonly string[]) => void;
  /** The run is to stop, and these have not begun. */
  readonly giveUp: (nodes: readonly string[]) => Promise<void>;
  readonly stopped: AbortSignal;
  readonly abandoned: AbortSignal;
}

export type ReuseVerdict = Extract<Verdict, { readonly kind: "reuse" }>;

/** The reason why a node runs, with its inputs if they have been fetched to find out. */
export interface Admitted {
  readonly kind: "run";
  readonly decision: RunDecision;
  readonly inputs?: FetchedInputs;
}

/** The outcome of a batch: nodes that are ready to be decided on, that are to run, and that others decide about. */
interface Decided {
  readonly ready: readonly string[];
  readonly start: readonly string[];
  readonly others: readonly string[];
}

/**
 * Stands between a node's turn and its execution: nodes with an earlier result are complete at once, and so on along
 * the edges, so that a pipeline in which nothing changed is one transaction per thousand nodes and no process at all.
 */
export class NodeAdmission {
  readonly #parts: EngineParts;
  readonly #run: RunRecord;
  readonly #calls: AdmissionCalls;
  readonly #reuse: Reuse;
  /** The verdicts on nodes that wait to be started. */
  readonly #verdicts = new Map<string, Exclude<Verdict, ReuseVerdict>>();
  #recorded: ReusedNode[] = [];

  constructor(parts: EngineParts, run: RunRecord, calls: AdmissionCalls) {
    this.#parts = parts;
    this.#run = run;
    this.#calls = calls;
    const placeIn = (environmentName: string): Promise<ExecutionPlace | undefined> =>
      placeOfEnvironment(parts, environmentName);
    this.#reuse = new Reuse(parts, {
      beforeNumber: run.number,
      commit: run.commit,
      nodes: calls.nodes,
      sources: calls.sources,
      executorOf: async (environmentName) => (await placeIn(environmentName))?.executor.name ?? UNKNOWN_EXECUTOR,
      imageOf: async (environmentName, image) => await (await placeIn(environmentName))?.executor.imageId?.(image),
      surroundingsOf: async (environmentName, step) => {
        const place = await placeIn(environmentName);
        return place?.executor.surroundings?.({
          ...step,
          variables: { ...place.environment.variables, ...step.variables },
        });
      },
    });
  }

  /**
   * Resolves when all that follows from these nodes without a process is recorded, and the others have been handed on.
   */
  async admit(names: readonly string[]): Promise<void> {
    const queue = [...names];
    let taken = 0;
    while (taken < queue.length) {
      const nodes = queue.slice(taken, taken + TOGETHER);
      taken += nodes.length;
      const { ready, start, others } = await this.#decide(nodes);
      queue.push(...ready);
      // A node that runs must find the nodes that it uses in the records, also after a crash.
      const begun = start.length + others.length;
      if (begun > 0 || this.#recorded.length >= RECORDED_TOGETHER) await this.#record();
      if (this.#calls.stopped.aborted) {
        await this.#record();
        await this.#calls.giveUp([...start, ...others, ...queue.slice(taken)]);
        return;
      }
      this.#calls.start(start);
      this.#calls.begin(others);
    }
    await this.#record();
  }

  /**
   * Returns the decision on a node that is to be started; its inputs by URI are fetched for it. A decision is asked for
   * once.
   */
  async settle(node: PlannedExecution): Promise<Admitted | ReuseVerdict | undefined> {
    const verdict = this.#verdicts.get(node.name);
    this.#verdicts.delete(node.name);
    return verdict?.kind === "fetch" ? await this.#fetch(node, verdict.resolved) : verdict;
  }

  /** Decides about an execution of a task, by itself: it is recorded by whoever asks. */
  async judge(child: Claimant): Promise<Admitted | ReuseVerdict | undefined> {
    const [verdict] = await this.#reuse.decide([child]);
    return verdict?.kind === "fetch" ? await this.#fetch(child, verdict.resolved) : verdict;
  }

  /**
   * The same for several that are asked about together. Undefined where inputs have to be fetched first: `judge` does.
   */
  async judgeAll(children: readonly Claimant[]): Promise<readonly (Admitted | ReuseVerdict | undefined)[]> {
    const verdicts = await this.#reuse.decide(children);
    return verdicts.map((verdict) => (verdict.kind === "fetch" ? undefined : verdict));
  }

  /** An earlier driver of the run has given the execution to a trial of the task. */
  keep(executionId: string, task: string, trial: number): void {
    this.#reuse.keep(executionId, { name: task, trial });
  }

  /** Records one node whose inputs had to be fetched first. */
  async record(node: PlannedExecution, { executionId, decision }: ReuseVerdict): Promise<void> {
    await this.#parts.store.nodes.reuse(
      this.#run.id,
      [{ node: node.name, executionId, decision }],
      this.#parts.clock.now(),
      this.#run.fence,
    );
    faultPoint("nodes-reused");
  }

  async #decide(names: readonly string[]): Promise<Decided> {
    const nodes = names.map((name) => this.#calls.nodeOf(name));
    const verdicts = await this.#reuse.decide(nodes);
    const ready: string[] = [];
    const start: string[] = [];
    const others: string[] = [];
    for (const [index, node] of nodes.entries()) {
      const verdict = verdicts[index];
      // An action of a node before it may have stopped the run.
      if (verdict?.kind === "reuse" && !this.#calls.stopped.aborted) {
        const { executionId, decision } = verdict;
        this.#recorded.push({ node: node.name, executionId, decision });
        const next = this.#calls.reused(node, verdict);
        ready.push(...next.executions);
        others.push(...next.others);
      } else {
        if (verdict !== undefined && verdict.kind !== "reuse") this.#verdicts.set(node.name, verdict);
        start.push(node.name);
      }
    }
    return { ready, start, others };
  }

  async #record(): Promise<void> {
    const recorded = this.#recorded;
    if (recorded.length === 0) return;
    this.#recorded = [];
    await this.#parts.store.nodes.reuse(this.#run.id, recorded, this.#parts.clock.now(), this.#run.fence);
    faultPoint("nodes-reused");
  }

  async #fetch(node: Claimant, resolved: ResolvedNode): Promise<Admitted | ReuseVerdict> {
    const remarks = new RecordedRemarks(this.#parts, { runId: this.#run.id, node: node.name });
    const files = fetchInputs(this.#parts.sources, resolved.inputs, {
      signal: AbortSignal.any([this.#calls.stopped, this.#calls.abandoned]),
      report: (message) => remarks.progress(message),
      warn: (message) => remarks.warn(message),
    });
    const inputs = { files, remarks };
    try {
      const verdict = await this.#reuse.decideFetched(node, resolved, await files);
      if (verdict.kind === "fetch") throw new Error(`the inputs of ${node.name} were fetched already`);
      if (verdict.kind === "run") return { ...verdict, inputs };
      await remarks.close({ write: true });
      return verdict;
    } catch (thrown) {
      const error = systemFailure(thrown) ?? thrown;
      if (this.#calls.abandoned.aborted) {
        await remarks.close({ write: false });
        throw error;
      }
      const decision = (message: string): RunDecision => ({
        kind: "ran",
        why: { kind: "inputs-unavailable", message },
      });
      // The execution stops before it has begun.
      if (this.#calls.stopped.aborted) return { kind: "run", decision: decision("the run was stopped") };
      // The execution fails with it, in the words of every failed input.
      if (error instanceof HeadraceError) return { kind: "run", decision: decision(error.message), inputs };
      throw error;
    }
  }
}

/**
 * Undefined where the environment cannot be used from here: the node then runs, and the engine that takes it says what
 * is wrong.
 */
async function placeOfEnvironment(
  { placeOf }: EngineParts,
  environmentName: string,
): Promise<ExecutionPlace | undefined> {
  try {
    return await placeOf({ id: "none", environmentName });
  } catch (error) {
    if (error instanceof HeadraceError && !endsEngine(error)) return undefined;
    throw error;
  }
}
