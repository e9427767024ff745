import { HeadraceError } from "../errors.ts";
import type { Plan, PlannedNode } from "../planning/index.ts";
import type { Settings } from "../settings/index.ts";

/**
 * A plan of one step, for a person who works with it: it runs in any case, is tried once, and nothing ends it for its silence or its time. Throws
 * HR_USAGE for a pipeline, HR_NOT_SUPPORTED where the step would run elsewhere than on this machine.
 */
export function onTerminal(plan: Plan, settings: Settings): Plan {
  if (plan.kind !== "step") {
    throw new HeadraceError("HR_USAGE", `${plan.name} is a pipeline; only a step runs on the terminal`, {
      hint: "name a step; `headrace run STEP --from latest --interactive` gives it what a run of the pipeline gave its node",
    });
  }
  return { ...plan, nodes: plan.nodes.map((node) => interactive(node, settings)) };
}

function interactive({ retry: _, ...node }: PlannedNode, settings: Settings): PlannedNode {
  requireHere(node, settings);
  const { timeLimitS: _limit, noOutputTimeoutS: _silence, ...step } = node.step;
  return { ...node, step, alwaysRuns: "interactive" };
}

/** Only this machine's own executor can hand a terminal on. */
export function requireHere({ step, environment }: Pick<PlannedNode, "step" | "environment">, { environments }: Settings): void {
  const place = environments.find(({ slug }) => slug === environment);
  if (place === undefined || place.executor === "local") return;
  const where = place.executor === "docker" ? "in a container" : "on a cluster";
  throw new HeadraceError(
    "HR_NOT_SUPPORTED",
    `step ${step.name} runs ${where} (environment ${place.slug}), where it cannot have this terminal yet`,
    {
      hint: "add --environment local to run it on this machine",
    },
  );
}
