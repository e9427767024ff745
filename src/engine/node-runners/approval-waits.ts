import { Throttle } from "../../concurrency/index.ts";
import { faultPoint } from "../../fault-point.ts";
import type { ApprovalMoment, ApprovalRecord, RunRecord } from "../../store/index.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { RunCalls } from "./node-runner.ts";

/** Approvals are looked up at most this often, while others commit. */
const LOOK_INTERVAL_MS = 50;

export type Decided = (approval: ApprovalRecord & Required<Pick<ApprovalRecord, "actor">>) => Promise<void> | void;

/**
 * The moments of a run's nodes that wait for a person. The request and the answer are rows, so that the wait outlives
 * this process, and whoever decides needs none of it. A wait holds no job and no slot.
 */
export class ApprovalWaits {
  readonly #parts: EngineParts;
  readonly #run: RunRecord;
  readonly #calls: Pick<RunCalls, "stopped" | "abandoned" | "track">;
  readonly #pending: Readonly<Record<ApprovalMoment, Map<string, Decided>>> = { start: new Map(), end: new Map() };
  readonly #throttle = new Throttle(LOOK_INTERVAL_MS, () => this.#calls.track(this.#look()));
  #listening: DisposableStack | undefined;

  constructor(parts: EngineParts, run: RunRecord, calls: Pick<RunCalls, "stopped" | "abandoned" | "track">) {
    this.#parts = parts;
    this.#run = run;
    this.#calls = calls;
  }

  /** Asks once, and calls `decided` once somebody has answered; `false` where the run is to stop instead. */
  async ask(node: string, moment: ApprovalMoment, decided: Decided): Promise<boolean> {
    const { store, clock } = this.#parts;
    const approval = await store.approvals.request(this.#run.id, node, {
      ...{ moment, at: clock.now(), fence: this.#run.fence },
    });
    faultPoint("approval-requested");
    if (isDecided(approval)) await decided(approval);
    // The run may have been told to stop in the meantime, which nobody told this node.
    else if (this.#calls.stopped.aborted) return false;
    else this.wait(node, moment, decided);
    return true;
  }

  /** For what was asked before. */
  wait(node: string, moment: ApprovalMoment, decided: Decided): void {
    if (this.#calls.abandoned.aborted) return;
    this.#pending[moment].set(node, decided);
    this.#listen();
    // Decided between the request and now, or while no engine was there.
    this.#throttle.call();
  }

  /** Waits for no answers of this moment any more; returns the nodes. */
  drop(moment: ApprovalMoment): readonly string[] {
    const nodes = [...this.#pending[moment].keys()];
    this.#pending[moment].clear();
    this.#stopListening();
    return nodes;
  }

  #listen(): void {
    if (this.#listening !== undefined) return;
    this.#listening = new DisposableStack();
    this.#listening.defer(this.#parts.store.events.listen(() => this.#throttle.call()));
    // Nothing else may be open that keeps the process going.
    const timer = setInterval(() => undefined, 2 ** 31 - 1);
    this.#listening.defer(() => clearInterval(timer));
  }

  #stopListening(): void {
    if (this.#pending.start.size + this.#pending.end.size > 0) return;
    this.#listening?.dispose();
    this.#listening = undefined;
  }

  async #look(): Promise<void> {
    if (this.#pending.start.size + this.#pending.end.size === 0) return;
    for (const approval of await this.#parts.store.approvals.list(this.#run.id)) {
      const pending = this.#pending[approval.moment];
      const decided = pending.get(approval.node);
      if (decided === undefined || !isDecided(approval)) continue;
      pending.delete(approval.node);
      await decided(approval);
    }
    this.#stopListening();
  }
}

export function isDecided(
  approval: ApprovalRecord,
): approval is ApprovalRecord & Required<Pick<ApprovalRecord, "actor">> {
  return approval.decision !== undefined && approval.actor !== undefined;
}
