import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OnError } from "../config/index.ts";
import type { Plan } from "../planning/index.ts";
import type { FinalState } from "../store/index.ts";
import { RunGraph } from "./run-graph.ts";

/** `a; b<a; c<a,b!continue` → a plan: name, `<` sources, `!` on-error. */
function planOf(text: string): Plan {
  const nodes = text.split(";").map((part) => {
    const [, name = "", sources, onError] = /^\s*(\w+)(?:<([\w,]+))?(?:!([\w-]+))?\s*$/.exec(part) ?? [];
    return {
      name,
      dependsOn: sources === undefined ? [] : sources.split(","),
      ...(onError === undefined ? {} : { onError: onError as OnError }),
    };
  });
  return { kind: "pipeline", name: "p", parameters: {}, nodes: nodes as unknown as Plan["nodes"] };
}

interface Walk {
  readonly started: string[];
  readonly skipped: string[];
  readonly stops: string[];
  readonly finished: boolean;
}

/** Runs a plan node after node; nodes named in `failing` fail. */
function walk(plan: Plan, failing: readonly string[] = [], state: FinalState = "error"): Walk {
  const graph = new RunGraph(plan);
  const started: string[] = [];
  const skipped: string[] = [];
  const stops: string[] = [];
  const queue = [...graph.start()];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    started.push(name);
    const consequence = graph.end(name, failing.includes(name) ? state : "complete");
    queue.push(...consequence.ready);
    skipped.push(...consequence.skipped.map((entry) => entry.node));
    if (consequence.stopRun !== undefined) stops.push(consequence.stopRun);
  }
  return { started, skipped: skipped.sort(), stops, finished: graph.finished };
}

describe("RunGraph", () => {
  it.each([
    ["a chain in order", "a; b<a; c<b", [], ["a", "b", "c"], [], []],
    ["a diamond once each", "a; b<a; c<a; d<b,c", [], ["a", "b", "c", "d"], [], []],
    ["a failure skips dependants, others finish", "a; b<a; c; d<c", ["a"], ["a", "c", "d"], ["b"], []],
    ["skips reach everything downstream", "a; b<a; c<b; d<c; e", ["a"], ["a", "e"], ["b", "c", "d"], []],
    ["stop-next says the same explicitly", "a!stop-next; b<a; c; d<c", ["a"], ["a", "c", "d"], ["b"], []],
    ["continue runs dependants after a failure", "a!continue; b<a; c<b", ["a"], ["a", "b", "c"], [], []],
    [
      "stop-all gives up what waits and stops the run",
      "a!stop-all; b<a; c<a; d; e<d",
      ["a"],
      ["a", "d"],
      ["b", "c", "e"],
      ["a failed"],
    ],
    ["a node with a failed and a good source is skipped", "a; b; c<a,b", ["b"], ["a", "b"], ["c"], []],
  ])("%s", (_title, text, failing, started, skipped, stops) => {
    expect(walk(planOf(text), failing)).toEqual({ started, skipped, stops, finished: true });
  });

  it("skips dependants of a stopped node even with on-error: continue", () => {
    expect(walk(planOf("a!continue; b<a"), ["a"], "stopped")).toEqual({
      started: ["a"],
      skipped: ["b"],
      stops: [],
      finished: true,
    });
  });

  it("says why a node was skipped", () => {
    const graph = new RunGraph(planOf("a; b<a"));
    graph.start();
    expect(graph.end("a", "error").skipped).toEqual([{ node: "b", reason: "a failed" }]);
  });

  it("starts or skips every node exactly once, sources first, whatever fails", () => {
    const plans = fc.integer({ min: 1, max: 30 }).chain((count) =>
      fc.tuple(
        fc.array(fc.array(fc.nat(100), { maxLength: 4 }), { minLength: count, maxLength: count }),
        fc.array(fc.constantFrom(undefined, "stop-next", "stop-all", "continue"), {
          minLength: count,
          maxLength: count,
        }),
        fc.array(fc.boolean(), { minLength: count, maxLength: count }),
      ),
    );
    fc.assert(
      fc.property(plans, ([sources, rules, fails]) => {
        const nodes = sources.map((picks, index) => ({
          name: `n${index}`,
          dependsOn: index === 0 ? [] : [...new Set(picks.map((pick) => `n${pick % index}`))],
          ...(rules[index] === undefined ? {} : { onError: rules[index] }),
        }));
        const plan = { kind: "pipeline", name: "p", parameters: {}, nodes } as unknown as Plan;
        const { started, skipped, finished } = walk(
          plan,
          nodes.filter((_, index) => fails[index]).map((node) => node.name),
        );
        expect([...started, ...skipped].sort()).toEqual(nodes.map((node) => node.name).sort());
        expect(finished).toBe(true);
        const position = new Map(started.map((name, index) => [name, index]));
        for (const node of nodes) {
          const own = position.get(node.name);
          if (own === undefined) continue;
          for (const source of node.dependsOn) expect(position.get(source)).toBeLessThan(own);
        }
      }),
    );
  });
});
