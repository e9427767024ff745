import type { Config, Pipeline, Step } from "../config/index.ts";
import { HeadraceError } from "../errors.ts";
import { type Cli, type GlobalOptions, withProject } from "./cli.ts";
import { didYouMean } from "./closest-name.ts";

/** The project's configuration; throws HR_CONFIG_INVALID with every error when it has any. */
export async function loadValidConfig(cli: Cli, options: GlobalOptions): Promise<Config> {
  return await withProject(cli, options, async (project) => {
    const { config, diagnostics } = await project.loadConfig();
    if (config !== undefined) return config;
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    throw new HeadraceError("HR_CONFIG_INVALID", `the configuration has ${errors.length === 1 ? "an error" : `${errors.length} errors`}`, {
      details: errors.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`),
      hint: "`headrace lint` shows each with its place in the file",
    });
  });
}

/** The pipeline of a name, or the only one. Throws HR_UNKNOWN_TARGET. */
export function findPipeline(config: Config, name: string | undefined): Pipeline {
  return find("pipeline", config.pipelines, name);
}

/** The step of a name. Throws HR_UNKNOWN_TARGET. */
export function findStep(config: Config, name: string): Step {
  return find("step", config.steps, name);
}

function find<T extends { readonly name: string }>(kind: "step" | "pipeline", items: readonly T[], name: string | undefined): T {
  const names = items.map((item) => item.name);
  const [only] = items;
  if (name === undefined && only !== undefined && items.length === 1) return only;
  const found = items.find((item) => item.name === name);
  if (found !== undefined) return found;
  const known = names.length === 0 ? `the configuration has no ${kind}s` : `the ${kind}s are ${names.join(", ")}`;
  if (name === undefined) {
    throw new HeadraceError("HR_USAGE", names.length === 0 ? known : `which ${kind}?`, names.length === 0 ? {} : { hint: known });
  }
  throw new HeadraceError("HR_UNKNOWN_TARGET", `there is no ${kind} ${name}`, { hint: didYouMean(name, names) ?? known });
}
