import type { Plan } from "../planning/index.ts";
import type { FinalState } from "../store/index.ts";

export interface RunEnd {
  readonly state: FinalState;
  readonly reason?: string;
}

/** Gathers what decides how a run ends: the nodes that failed or were stopped, and the verdict of an action. */
export class RunOutcome {
  readonly #plan: Plan;
  readonly #failures = new Set<string>();
  readonly #stops = new Set<string>();
  readonly #rejections = new Map<string, string>();
  #verdict: RunEnd | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  noteEnd(node: string, state: FinalState): void {
    if (state === "error") this.#failures.add(node);
    if (state === "stopped") this.#stops.add(node);
  }

  /** Somebody did not let it begin. */
  noteRejection(node: string, reason: string): void {
    this.#rejections.set(node, reason);
  }

  /** Set by an action: the state that the run takes at its end, with the reason. The first one counts. */
  decide(verdict: RunEnd): void {
    this.#verdict ??= verdict;
  }

  /** `stop` is the wish to stop the run as a whole. */
  end(stop: AbortSignal): RunEnd {
    if (this.#verdict !== undefined) return this.#verdict;
    // In the plan's order, so that the words do not depend on who failed first.
    const failed = this.#plan.nodes.filter((node) => this.#failures.has(node.name));
    const decisive = failed.filter((node) => node.onError !== "continue").map((node) => node.name);
    if (decisive.length > 0) return { state: "error", reason: `${someOf(decisive)} failed` };
    if (stop.aborted) return { state: "stopped", reason: String(stop.reason) };
    const [rejected] = this.#plan.nodes.filter((node) => this.#rejections.has(node.name));
    if (rejected !== undefined)
      return { state: "stopped", reason: `${rejected.name} was ${this.#rejections.get(rejected.name)}` };
    // `headrace stop 12.train`: what was not made is missing from the run, whatever else went well.
    const stopped = this.#plan.nodes.filter((node) => this.#stops.has(node.name)).map((node) => node.name);
    if (stopped.length > 0)
      return { state: "stopped", reason: `${someOf(stopped)} ${stopped.length === 1 ? "was" : "were"} stopped` };
    return { state: "complete" };
  }
}

/** A fan-out of thousands may fail as a whole; the record names enough to begin with. */
function someOf(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more nodes` : names.join(", ");
}
