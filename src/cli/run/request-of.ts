import type { PlanRequest, ProjectApi } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import {
  environmentVariables,
  inputAssignments,
  parameterAssignments,
  parseAssignment,
  type RawAssignment,
} from "../arguments/assignments.ts";
import { parseDynamicOptions } from "../arguments/dynamic-options.ts";
import { scopeOf, settablesOf } from "../arguments/target.ts";
import type { RunCommandOptions } from "../commands/run.ts";

/** A command line that names what is to run. */
export interface RunCall {
  readonly target: string | undefined;
  /** Options that the program does not know: parameters and inputs of the target. */
  readonly rest: readonly string[];
  readonly ownOptions: readonly string[];
  readonly options: RunCommandOptions;
}

/** One that does. */
export interface TargetCall extends RunCall {
  readonly target: string;
}

/** Returns the request that was typed, checked against the configuration. The planner checks the rest. */
export async function requestOf(
  { target, rest, ownOptions, options }: TargetCall,
  api: ProjectApi,
): Promise<PlanRequest> {
  const kind = kindOf(options);
  const { definitions } = await api.configuration.get(options.commit === undefined ? {} : { commit: options.commit });
  const settables = definitions === null ? undefined : settablesOf(definitions, target, kind);
  // With an unknown target or a broken file the planner has the better error; the options do not matter then.
  const dynamic =
    settables === undefined
      ? { parameters: [], inputs: [] }
      : parseDynamicOptions(rest, { target, settables, ownOptions });
  const scope = scopeOf(definitions ?? undefined, target, kind);
  return {
    target,
    ...(kind === undefined ? {} : { kind }),
    parameters: parameterAssignments([...raw(options.param, "--param", "NAME=VALUE"), ...dynamic.parameters], scope),
    inputs: inputAssignments([...raw(options.input, "--input", "NAME=URI"), ...dynamic.inputs], scope),
    environmentVariables: environmentVariables(options.env ?? []),
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    ...(options.commit === undefined ? {} : { commit: options.commit }),
    ...(options.fresh === undefined ? {} : { fresh: options.fresh.includes("") ? true : options.fresh }),
    ...sweepOf(options),
    ...fromOf(options, target),
  };
}

function kindOf({ step, pipeline, task }: RunCommandOptions): PlanRequest["kind"] {
  if (step === true) return "step";
  if (pipeline === true) return "pipeline";
  return task === true ? "task" : undefined;
}

/** Any of these makes the run a sweep: of a step, or of a task with other values. */
function sweepOf({
  sweep = [],
  forEach,
  trials,
  goal,
  search,
  seed,
  parallel,
  from,
}: RunCommandOptions): Pick<PlanRequest, "sweep"> {
  const options = {
    sweep: sweep.length > 0 ? sweep : undefined,
    "for-each": forEach,
    trials,
    goal,
    search,
    seed,
    parallel,
  };
  const [given] = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`]));
  if (given === undefined) return {};
  if (from !== undefined)
    throw new HeadraceError("HR_USAGE", `${given} does not go with --from`, { hint: "leave one of the two out" });
  return {
    sweep: {
      parameters: sweep.map((text) => {
        const { key: name, value: values } = parseAssignment(text, "--sweep", "NAME=VALUES");
        return { name, values };
      }),
      ...(forEach === undefined ? {} : { forEach }),
      ...(trials === undefined ? {} : { trials }),
      ...(goal === undefined ? {} : { goals: goal }),
      ...(search === undefined ? {} : { method: SEARCHES[search] }),
      ...(seed === undefined ? {} : { seed }),
      ...(parallel === undefined ? {} : { parallel }),
    },
  };
}

const SEARCHES = {
  grid: "grid_search",
  random: "random_search",
  bayesian: "bayesian_tpe",
  sobol: "quasi_random",
} as const;

function raw(texts: readonly string[] | undefined, option: string, form: string): readonly RawAssignment[] {
  return (texts ?? []).map((text) => parseAssignment(text, option, form));
}

/** Returns what `--from` adds to the request. */
function fromOf({ from, downstream, detach }: RunCommandOptions, target: string): Pick<PlanRequest, "from"> {
  if (from !== undefined && detach === true) {
    throw new HeadraceError("HR_USAGE", "--from does not go with --detach", { hint: "leave one of the two out" });
  }
  if (from !== undefined) return { from: { ref: from, downstream: downstream === true } };
  if (downstream !== true) return {};
  throw new HeadraceError("HR_USAGE", "--downstream goes with --from", {
    hint: `write headrace run ${target} --from latest --downstream`,
  });
}
