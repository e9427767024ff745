import { type ConditionFacts, conditionNames, dueApproval, type PlannedNode } from "../../planning/index.ts";
import { type NodeRecord, rejectionText } from "../../store/index.ts";
import type { ApprovalWaits, Decided } from "./approval-waits.ts";
import type { NodeRunner, RunCalls } from "./node-runner.ts";

const APPROVAL = "require-approval";

/** True if a person may have to let the node begin. */
export function asksForApproval({ actions }: PlannedNode): boolean {
  return actions.some(({ when, then }) => when.includes("node-starting") && then.includes(APPROVAL));
}

/** True if a person may have to let what follows from the node's end go on. */
export function asksAtEnd({ actions }: PlannedNode): boolean {
  return actions.some(({ when, then }) => when.some((moment) => moment !== "node-starting") && then.includes(APPROVAL));
}

/** The approval that somebody is to be asked for now; undefined where there is none. */
export function approvalDue(
  { actions }: PlannedNode,
  when: "node-starting" | "node-complete" | "node-error",
  facts: ConditionFacts,
): ReturnType<typeof dueApproval> {
  return dueApproval(actions, when, conditionNames(facts));
}

/**
 * Stands before the runner of any kind: a node that asks for an approval waits here for a person's decision, and only
 * then has its turn there. It has no execution.
 */
export class ApprovalRunner implements NodeRunner {
  readonly #calls: RunCalls;
  readonly #waits: ApprovalWaits;
  readonly #inner: NodeRunner;

  constructor(waits: ApprovalWaits, calls: RunCalls, inner: NodeRunner) {
    this.#waits = waits;
    this.#calls = calls;
    this.#inner = inner;
  }

  begin(names: readonly string[]): void {
    const free = names.filter((name) => !asksForApproval(this.#calls.nodeOf(name)));
    if (free.length > 0) this.#inner.begin(free);
    for (const name of names) if (asksForApproval(this.#calls.nodeOf(name))) this.#calls.track(this.#ask(name));
  }

  recall(record: NodeRecord): void {
    this.#inner.recall(record);
  }

  restore(record: NodeRecord): void {
    if (record.waitingFor?.kind === "approval") this.#waits.wait(record.name, "start", this.#goOn);
    else this.#inner.restore(record);
  }

  factsBefore(name: string): Promise<ConditionFacts> {
    return this.#inner.factsBefore(name);
  }

  factsOf(name: string): Promise<ConditionFacts> {
    return this.#inner.factsOf(name);
  }

  giveUp(queued: readonly string[]): readonly string[] {
    return [...this.#waits.drop("start"), ...this.#inner.giveUp(queued)];
  }

  leave(): void {
    this.#waits.drop("start");
    this.#inner.leave();
  }

  async #ask(name: string): Promise<void> {
    if (this.#calls.stopped.aborted) return await this.#calls.skip([name]);
    const facts = { ...(await this.#inner.factsBefore(name)), metadata: {} };
    const due = approvalDue(this.#calls.nodeOf(name), "node-starting", facts);
    if (due === undefined) return this.#inner.begin([name]);
    if (!(await this.#waits.ask(name, { moment: "start", rule: due.rule }, this.#goOn))) await this.#calls.skip([name]);
  }

  readonly #goOn: Decided = async ({ node, decision, actor, comment }) => {
    if (decision === "approved") this.#inner.begin([node]);
    else await this.#calls.rejected(node, rejectionText(actor, comment ?? ""));
  };
}
