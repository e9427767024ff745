import { Throttle } from "../../concurrency/index.ts";
import { faultPoint } from "../../fault-point.ts";
import { type ApprovalRule, reminderOf } from "../../planning/index.ts";
import { type ApprovalMoment, type ApprovalRecord, RefusedWrite, type RunRecord } from "../../store/index.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { RunCalls } from "./node-runner.ts";

/** Approvals are looked up at most this often, while others commit. */
const LOOK_INTERVAL_MS = 50;
const LONGEST_WAIT_MS = 60_000;

export type Decided = (approval: ApprovalRecord & Required<Pick<ApprovalRecord, "actor">>) => Promise<void> | void;

interface Asked {
  readonly moment: ApprovalMoment;
  readonly rule?: ApprovalRule | undefined;
}

/**
 * The moments of a run's nodes that wait for a person. The request and the answer are rows, so that the wait outlives
 * this process, and whoever decides needs none of it. A wait holds no job and no slot.
 */
export class ApprovalWaits {
  readonly #parts: EngineParts;
  readonly #run: RunRecord;
  readonly #calls: Pick<RunCalls, "stopped" | "abandoned" | "track" | "nodeOf">;
  readonly #pending: Readonly<Record<ApprovalMoment, Map<string, Decided>>> = { start: new Map(), end: new Map() };
  readonly #throttle = new Throttle(LOOK_INTERVAL_MS, () => this.#calls.track(this.#look()));
  /** When somebody is reminded next, by moment and node. */
  readonly #reminders = new Map<string, number>();
  #listening: DisposableStack | undefined;
  #timeout: NodeJS.Timeout | undefined;

  constructor(parts: EngineParts, run: RunRecord, calls: Pick<RunCalls, "stopped" | "abandoned" | "track" | "nodeOf">) {
    this.#parts = parts;
    this.#run = run;
    this.#calls = calls;
  }

  /** Asks once, and calls `decided` once somebody has answered; `false` where the run is to stop instead. */
  async ask(node: string, { moment, rule }: Asked, decided: Decided): Promise<boolean> {
    const { store, clock } = this.#parts;
    const at = clock.now();
    const approval = await store.approvals.request(this.#run.id, node, {
      ...{ moment, at, fence: this.#run.fence },
      ...(rule !== undefined && { timeout: { at: at + rule.afterMs, decision: rule.decision } }),
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
    clearTimeout(this.#timeout);
    this.#listening?.dispose();
    this.#listening = undefined;
  }

  async #look(): Promise<void> {
    if (this.#pending.start.size + this.#pending.end.size === 0) return;
    let next = Number.POSITIVE_INFINITY;
    for (const listed of await this.#parts.store.approvals.list(this.#run.id)) {
      const pending = this.#pending[listed.moment];
      const decided = pending.get(listed.node);
      if (decided === undefined) continue;
      const approval = isDecided(listed) ? listed : await this.#decideByRule(listed);
      if (isDecided(approval)) {
        pending.delete(approval.node);
        await decided(approval);
      } else next = Math.min(next, approval.timeout?.at ?? next, await this.#remind(approval));
    }
    this.#lookAgainAt(next);
    this.#stopListening();
  }

  /** Gives the answer of the file where nobody has answered in time; one who answers at this moment goes before it. */
  async #decideByRule(approval: ApprovalRecord): Promise<ApprovalRecord> {
    const { store, clock } = this.#parts;
    const { node, timeout } = approval;
    const at = clock.now();
    if (timeout === undefined || at < timeout.at) return approval;
    const decision = {
      decision: timeout.decision,
      comment: `nobody had answered by ${new Date(timeout.at).toISOString()}`,
    };
    try {
      return await store.approvals.decide(this.#run.id, node, decision, { actor: "rule:timeout", at });
    } catch (error) {
      if (!(error instanceof RefusedWrite)) throw error;
      this.#throttle.call();
      return approval;
    }
  }

  /**
   * Says once after each `remind` of the request that nobody has answered; those that came while no engine was there
   * are not made up for. Returns the time of the next one.
   */
  async #remind({ node, moment, requestedAt }: ApprovalRecord): Promise<number> {
    const everyMs = reminderOf(this.#calls.nodeOf(node).actions, moment === "start");
    if (everyMs === undefined) return Number.POSITIVE_INFINITY;
    const { store, clock } = this.#parts;
    const key = `${moment} ${node}`;
    const now = clock.now();
    const due = this.#reminders.get(key);
    const next = requestedAt + everyMs * (Math.floor(Math.max(0, now - requestedAt) / everyMs) + 1);
    this.#reminders.set(key, next);
    if (due === undefined || now < due) return due === undefined ? next : Math.min(due, next);
    const message = `nobody has approved or rejected it for ${spanInWords(now - requestedAt)}`;
    await store.events.remark({ runId: this.#run.id, node }, [{ kind: "progress", message }], now);
    return next;
  }

  /** A clock that is set, or a machine that sleeps, puts the moment off by so much at the most. */
  #lookAgainAt(time: number): void {
    clearTimeout(this.#timeout);
    if (!Number.isFinite(time)) return;
    const waitMs = Math.min(Math.max(0, time - this.#parts.clock.now()), LONGEST_WAIT_MS);
    this.#timeout = setTimeout(() => this.#throttle.call(), waitMs);
  }
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** In the largest unit that it fills: `2 d`, `4 h`. */
function spanInWords(ms: number): string {
  const [unit, size] = UNITS.find(([, each]) => ms >= each) ?? ["s", 1_000];
  return `${Math.floor(ms / size)} ${unit}`;
}

export function isDecided(
  approval: ApprovalRecord,
): approval is ApprovalRecord & Required<Pick<ApprovalRecord, "actor">> {
  return approval.decision !== undefined && approval.actor !== undefined;
}
