import type { CodeQuery, ConfigurationView, Definitions, LintReport, PipelineGraph } from "../../api/index.ts";
import { type Config, lintReport, pipelineGraph, suggest } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Context } from "../context.ts";
import { type ConfiguredCode, readProjectCode } from "./project-code.ts";
import { readConfig, requireConfig } from "./read-config.ts";

/** The configuration with every default filled in, and what is wrong with it; no other file is looked at. */
export async function getConfiguration(context: Context, query: CodeQuery = {}): Promise<ConfigurationView> {
  const code = await codeOf(context, query);
  const result = (await readConfig(code)).read.alone();
  const { config } = result;
  const [report] = lintReport([{ file: code.shownFile, result }]).files;
  if (report === undefined) throw new Error("the report of a file is missing");
  return { ...report, definitions: config === undefined ? null : definitionsOf(config) };
}

/** Everything that can be said of the configuration and the code around it. */
export async function lintConfiguration(context: Context, query: CodeQuery = {}): Promise<LintReport> {
  const { lintCode } = await import("./lint-code.ts");
  return lintReport([await lintCode(await codeOf(context, query))]);
}

/** The graph of a pipeline. Throws HR_CONFIG_INVALID, and HR_UNKNOWN_TARGET where there is none of that name. */
export async function graphOf(context: Context, name?: string, query: CodeQuery = {}): Promise<PipelineGraph> {
  const { pipelines } = (await requireConfig(await codeOf(context, query))).config;
  const names = pipelines.map((pipeline) => pipeline.name);
  const [only] = pipelines;
  if (name === undefined && only !== undefined && pipelines.length === 1) return pipelineGraph(only);
  const known = names.length === 0 ? "the configuration has no pipelines" : `the pipelines are ${names.join(", ")}`;
  if (name === undefined) throw new HeadraceError("HR_USAGE", "which pipeline?", { hint: known });
  const found = pipelines.findLast((pipeline) => pipeline.name === name);
  if (found !== undefined) return pipelineGraph(found);
  const nearest = suggest(name, names);
  throw new HeadraceError("HR_UNKNOWN_TARGET", `there is no pipeline ${name}`, {
    hint: nearest === undefined ? known : `did you mean ${nearest}?`,
  });
}

async function codeOf({ project }: Context, { commit }: CodeQuery): Promise<ConfiguredCode> {
  return await readProjectCode(project, commit);
}

function definitionsOf({ steps, pipelines, tasks }: Config): Definitions {
  return {
    steps,
    pipelines,
    tasks: tasks.map(({ name, step, type, description, parameters, parameterSets }) => ({
      ...{ name, step, type },
      ...(description === undefined ? {} : { description }),
      varies: [
        ...new Set([...parameters.map((each) => each.name), ...parameterSets.flatMap((set) => Object.keys(set))]),
      ],
    })),
  };
}
