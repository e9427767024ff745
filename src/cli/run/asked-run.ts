import type { PlanRequest, ProjectApi, StartRequest } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { type Cli, printResult } from "../cli.ts";
import type { RunCommandOptions } from "../commands/run.ts";
import { harmless } from "../terminal/harmless.ts";
import { type RunCall, requestOf, type TargetCall } from "./request-of.ts";

/** The request that was typed. Throws where it names nothing to run. */
export async function requestIn({ target, ...rest }: RunCall, api: ProjectApi): Promise<PlanRequest> {
  if (target === undefined) throw takenForNode(rest.options) ?? (await missingTarget(api, rest.options));
  return await requestOf({ target, ...rest }, api);
}

async function missingTarget(api: ProjectApi, { commit }: RunCommandOptions): Promise<HeadraceError> {
  const { definitions } = await api.configuration.get(commit === undefined ? {} : { commit });
  const names = [...(definitions?.pipelines ?? []), ...(definitions?.steps ?? []), ...(definitions?.tasks ?? [])].map(
    ({ name }) => name,
  );
  const shown = names.slice(0, TARGETS_SHOWN).join(", ");
  const more = names.length > TARGETS_SHOWN ? ` and ${names.length - TARGETS_SHOWN} more` : "";
  return new HeadraceError("HR_USAGE", "which step or pipeline is to run?", {
    hint:
      names.length === 0 ? "the configuration holds none; `headrace lint` checks it" : `name one of ${shown}${more}`,
  });
}

/** `headrace run --fresh train`: the word was meant as the target. */
function takenForNode({ fresh }: RunCommandOptions): HeadraceError | undefined {
  const name = fresh?.find((node) => node !== "");
  if (name === undefined) return undefined;
  return new HeadraceError("HR_USAGE", `which step or pipeline is to run? ${name} was read as the node of --fresh`, {
    hint: `write headrace run ${name} --fresh`,
  });
}

const TARGETS_SHOWN = 20;

/** `headrace run --dry-run`. */
export async function dryRun(
  api: ProjectApi,
  request: PlanRequest,
  { options }: Pick<TargetCall, "options">,
  cli: Cli,
): Promise<void> {
  const { id, ...plan } = await api.plans.create(request);
  const { predictions, warnings } = await api.plans.foresee(id);
  const nodes = plan.nodes.map((node, index) => {
    const prediction = predictions?.[index];
    return { ...node, ...(prediction === undefined ? {} : { prediction }) };
  });
  if (options.json !== true)
    cli.err.lines(warnings.map((message) => `${cli.err.style.yellow("warning:")} ${harmless(message)}`));
  const shown = { ...plan, nodes, warnings };
  await printResult(cli, options, shown, async () => {
    const { renderPlan } = await import("../render/plan.ts");
    return renderPlan(shown, cli.out.style);
  });
}

/** Returns the options that are recorded with the run. */
export function recordedOptions(options: RunCommandOptions): StartRequest & { readonly tags: readonly string[] } {
  return {
    tags: options.tag ?? [],
    ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
    ...(options.title === undefined ? {} : { title: options.title }),
  };
}
