import type { Plan, PlannedNode } from "../planning/index.ts";
import type { FinalState } from "../store/index.ts";

/** The effect of one node's end on the others. */
export interface Consequence {
  /** Nodes whose sources have all finished, in the plan's order. */
  readonly ready: readonly string[];
  readonly skipped: readonly { readonly node: string; readonly reason: string }[];
  /** Present when the whole run must end now. */
  readonly stopRun?: string;
}

interface Entry {
  readonly node: PlannedNode;
  readonly dependants: string[];
  pending: number;
  state: "waiting" | "handed-out" | "done";
}

/**
 * The book-keeping of one run: which nodes are ready, which never will be. It decides nothing else and touches nothing,
 * so that the rules of `on-error` can be tested alone. Work per finished node is proportional to its edges.
 *
 * The effect of a node's failure (`on-error` of the failing node):
 *   not given   its dependants are skipped, everything else goes on
 *   stop-next   the same, said explicitly
 *   stop-all    everything that has not finished is stopped or skipped
 *   continue    its dependants run as if it had succeeded
 */
export class RunGraph {
  readonly #entries = new Map<string, Entry>();
  #open = 0;

  constructor(plan: Plan) {
    for (const node of plan.nodes)
      this.#entries.set(node.name, { node, dependants: [], pending: node.dependsOn.length, state: "waiting" });
    for (const node of plan.nodes) for (const source of node.dependsOn) this.#entry(source).dependants.push(node.name);
    this.#open = plan.nodes.length;
  }

  /** Nodes without sources. */
  start(): readonly string[] {
    return this.#handOut([...this.#entries.keys()]);
  }

  get finished(): boolean {
    return this.#open === 0;
  }

  node(name: string): PlannedNode {
    return this.#entry(name).node;
  }

  /** Takes note that a node has ended. `what` says why those behind a stopped one are skipped. */
  end(name: string, state: FinalState, what = `${name} was stopped`): Consequence {
    const entry = this.#entry(name);
    this.#close(entry);
    if (state === "complete" || (state === "error" && entry.node.onError === "continue")) {
      return { ready: this.#release(entry), skipped: [] };
    }
    const reason = state === "error" ? `${name} failed` : what;
    if (state === "error" && entry.node.onError === "stop-all") {
      return { ready: [], skipped: this.skipWaiting(`${reason} (on-error: stop-all)`), stopRun: reason };
    }
    return { ready: [], skipped: this.#skipDependants(entry, reason) };
  }

  /** Gives up every node that has not been handed out. */
  skipWaiting(reason: string): readonly { readonly node: string; readonly reason: string }[] {
    const skipped: { node: string; reason: string }[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.state !== "waiting") continue;
      this.#close(entry);
      skipped.push({ node: entry.node.name, reason });
    }
    return skipped;
  }

  #release(entry: Entry): readonly string[] {
    for (const dependant of entry.dependants) this.#entry(dependant).pending--;
    return this.#handOut(entry.dependants);
  }

  #handOut(names: readonly string[]): readonly string[] {
    const ready: string[] = [];
    for (const name of names) {
      const entry = this.#entry(name);
      if (entry.state !== "waiting" || entry.pending > 0) continue;
      entry.state = "handed-out";
      ready.push(name);
    }
    return ready;
  }

  #skipDependants(from: Entry, reason: string): readonly { readonly node: string; readonly reason: string }[] {
    const skipped: { node: string; reason: string }[] = [];
    const stack = [...from.dependants];
    for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
      const entry = this.#entry(name);
      if (entry.state !== "waiting") continue;
      this.#close(entry);
      skipped.push({ node: name, reason });
      stack.push(...entry.dependants);
    }
    return skipped;
  }

  #close(entry: Entry): void {
    if (entry.state === "done") return;
    entry.state = "done";
    this.#open--;
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new Error(`the plan has no node ${name}`);
    return entry;
  }
}
