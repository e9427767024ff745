import type { Definitions, PipelineView, StepView } from "../api/index.ts";
import { HeadraceError } from "../errors.ts";
import type { Cli, GlobalOptions } from "./cli.ts";
import { didYouMean } from "./closest-name.ts";
import { withCodeAtHand } from "./project-at-hand.ts";

/** Returns what the project's configuration defines; throws HR_CONFIG_INVALID with every error when it has any. */
export async function loadDefinitions(cli: Cli, options: GlobalOptions): Promise<Definitions> {
  return await withCodeAtHand(cli, options, async ({ api }) => {
    const { definitions, errors, file } = await api.configuration.get();
    if (definitions !== null) return definitions;
    throw new HeadraceError(
      "HR_CONFIG_INVALID",
      `the configuration has ${errors.length === 1 ? "an error" : `${errors.length} errors`}`,
      {
        details: errors.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`),
        hint: "`headrace lint` shows each with its place in the file",
      },
    );
  });
}

/** The pipeline of a name. Throws HR_UNKNOWN_TARGET. */
export function findPipeline(definitions: Definitions, name: string): PipelineView {
  return find("pipeline", definitions.pipelines, name);
}

/** The step of a name. Throws HR_UNKNOWN_TARGET. */
export function findStep(definitions: Definitions, name: string): StepView {
  return find("step", definitions.steps, name);
}

function find<T extends { readonly name: string }>(kind: "step" | "pipeline", items: readonly T[], name: string): T {
  const names = items.map((item) => item.name);
  const found = items.find((item) => item.name === name);
  if (found !== undefined) return found;
  const known = names.length === 0 ? `the configuration has no ${kind}s` : `the ${kind}s are ${names.join(", ")}`;
  throw new HeadraceError("HR_UNKNOWN_TARGET", `there is no ${kind} ${name}`, {
    hint: didYouMean(name, names) ?? known,
  });
}
