import { randomUUID } from "node:crypto";
import { HeadraceError } from "../../errors.ts";
import type { PlacedPlan } from "./plan-request.ts";

/** A plan, with the code that it is to run. */
export type ShelvedPlan = PlacedPlan & {
  /** True for a plan of one step on an earlier execution. */
  readonly isFrom: boolean;
};

/** The limits for plans that nobody has started: the newest are kept, and no more nodes than a large pipeline has. */
const PLANS_KEPT = 64;
const NODES_KEPT = 200_000;

/**
 * Plans that were shown and wait to be started, so that what runs is what was shown, and is planned once. They are kept
 * in this process; what they were made of may be kept in the records (waiting-plans.ts).
 */
export class PlanShelf {
  readonly #plans = new Map<string, ShelvedPlan>();

  /** Returns the name of the plan. Older plans go where there are too many. */
  add(plan: ShelvedPlan, id: string = randomUUID()): string {
    this.#plans.set(id, plan);
    let nodes = this.#nodes();
    for (const [oldest, { plan: old }] of this.#plans) {
      if (oldest === id || (this.#plans.size <= PLANS_KEPT && nodes <= NODES_KEPT)) break;
      this.#plans.delete(oldest);
      nodes -= old.nodes.length;
    }
    return id;
  }

  find(id: string): ShelvedPlan | undefined {
    return this.#plans.get(id);
  }

  remove(id: string): void {
    this.#plans.delete(id);
  }

  /** Throws HR_NOT_FOUND where it is not kept any more. */
  get(id: string): ShelvedPlan {
    const plan = this.#plans.get(id);
    if (plan !== undefined) return plan;
    throw noSuchPlan(id);
  }

  /** The same for whoever starts it: it is started once. */
  take(id: string): ShelvedPlan {
    const plan = this.get(id);
    this.#plans.delete(id);
    return plan;
  }

  #nodes(): number {
    return [...this.#plans.values()].reduce((sum, { plan }) => sum + plan.nodes.length, 0);
  }
}

export function noSuchPlan(id: string): HeadraceError {
  return new HeadraceError("HR_NOT_FOUND", `there is no plan ${JSON.stringify(id)} that waits to be started`, {
    hint: "plan it again: a plan is kept for a while, and started once",
  });
}
