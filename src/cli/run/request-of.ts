import type { FromRequest, Project } from "../../app/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { RunRequest } from "../../planning/index.ts";
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

/** What was typed, held against the configuration. The planner checks the rest. */
export async function requestOf({ target, rest, ownOptions, options }: TargetCall, project: Project): Promise<RunRequest> {
  const kind = options.step === true ? "step" : options.pipeline === true ? "pipeline" : undefined;
  const { config } = await project.loadConfig();
  const settables = config === undefined ? undefined : settablesOf(config, target, kind);
  // With an unknown target or a broken file the planner has the better error; the options do not matter then.
  const dynamic = settables === undefined ? { parameters: [], inputs: [] } : parseDynamicOptions(rest, { target, settables, ownOptions });
  const scope = scopeOf(config, target, kind);
  return {
    target,
    ...(kind === undefined ? {} : { kind }),
    parameters: parameterAssignments([...raw(options.param, "--param", "NAME=VALUE"), ...dynamic.parameters], scope),
    inputs: inputAssignments([...raw(options.input, "--input", "NAME=URI"), ...dynamic.inputs], scope),
    environmentVariables: environmentVariables(options.env ?? []),
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    ...(options.fresh === undefined ? {} : { fresh: options.fresh.includes("") ? true : options.fresh }),
  };
}

function raw(texts: readonly string[] | undefined, option: string, form: string): readonly RawAssignment[] {
  return (texts ?? []).map((text) => parseAssignment(text, option, form));
}

/** With `--from`, what that takes beside the request. */
export function fromRequest(request: RunRequest, { from, downstream, detach }: RunCommandOptions): FromRequest | undefined {
  if (from !== undefined && detach === true) {
    throw new HeadraceError("HR_USAGE", "--from does not go with --detach", { hint: "leave one of the two out" });
  }
  if (from !== undefined) return { ...request, from, downstream: downstream === true };
  if (downstream !== true) return undefined;
  throw new HeadraceError("HR_USAGE", "--downstream goes with --from", {
    hint: `write headrace run ${request.target} --from latest --downstream`,
  });
}
