import { THIS_MACHINE } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Plan, PlannedNode } from "../../planning/index.ts";
import type { InstalledSettings } from "../installation/load-settings.ts";

/**
 * A plan of one step, for a person who works with it: it runs in any case, is tried once, and nothing ends it for its
 * silence or its time. Throws HR_USAGE for a pipeline, HR_NOT_SUPPORTED where the step would run elsewhere than on this
 * machine.
 */
export function onTerminal(plan: Plan, settings: InstalledSettings): Plan {
  if (plan.kind !== "step") {
    throw new HeadraceError("HR_USAGE", `${plan.name} is a ${plan.kind}; only a step runs on the terminal`, {
      hint: [
        "name a step; ",
        { do: "run", target: "STEP", from: "latest", interactive: true },
        " gives it what a run of the pipeline gave its node",
      ],
    });
  }
  return { ...plan, nodes: plan.nodes.map((node) => interactive(node, settings)) };
}

function interactive({ retry: _, ...node }: PlannedNode, settings: InstalledSettings): PlannedNode {
  requireHere(node, settings);
  const { timeLimitS: _limit, noOutputTimeoutS: _silence, ...step } = node.step;
  return { ...node, step, alwaysRuns: "interactive" };
}

/** Only this machine's own executor can hand a terminal on. */
export function requireHere(
  { step, environment }: Pick<PlannedNode, "step" | "environment">,
  { environments, kinds }: InstalledSettings,
): void {
  const place = environments.find(({ slug }) => slug === environment);
  if (place === undefined) return;
  const { terminals, where } = kinds.of(place);
  if (terminals) return;
  throw new HeadraceError(
    "HR_NOT_SUPPORTED",
    `step ${step.name} runs ${where} (environment ${place.slug}), where it cannot have this terminal yet`,
    {
      hint: ["add ", { do: "set", option: "environment", value: THIS_MACHINE }, " to run it on this machine"],
    },
  );
}
