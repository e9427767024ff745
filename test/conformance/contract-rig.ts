import type { ExecutionView, RunDetailView } from "../../src/api/index.ts";
import { openProject } from "../../src/services/index.ts";
import { ProjectRig, type RunningCommand } from "../rig.ts";
import type { ContractResult, ContractStep } from "./contract-step.ts";

/** An environment that the contract is held against. */
export interface ContractSubject {
  /** Its slug, for `--environment`. */
  readonly environment: string;
  /** Text of a headrace.config.yaml that sets it up. */
  readonly settings: string;
  /** With bash, Python and the usual tools; where images are not used, any name. */
  readonly image: string;
  /** Steps see `/valohai`, and cannot change their inputs. */
  readonly isolated: boolean;
  /** The executor runs images: one that is absent is an error. */
  readonly images: boolean;
  /** The executor holds steps to their memory limit. */
  readonly limitsMemory: boolean;
  /** Keys of a step that needs the package valohai-utils. */
  readonly valohaiUtils: Readonly<Record<string, unknown>>;
  /** The folder of an execution, where it is not in the project's `.headrace`. */
  readonly folderOf?: (root: string, executionId: string) => string;
  /**
   * Returns what a service that runs its steps still has of an execution that has ended (containers), for a human;
   * empty for nothing.
   */
  readonly leftOf?: (executionId: string) => string;
  /** Slug of the environment whose steps reach each other, where those of `environment` do not. */
  readonly connected?: string;
  /** Further options of `headrace run`. */
  readonly options?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

/** A project whose commands find the subject's settings. */
export function contractProject(subject: ContractSubject, config: string): ProjectRig {
  return new ProjectRig({ "valohai.yaml": config, "settings.yaml": subject.settings });
}

/** `headrace run TARGET` in the environment. */
export function startContract(
  rig: ProjectRig,
  subject: ContractSubject,
  target: string,
  ...more: readonly string[]
): RunningCommand {
  const own = ["--environment", subject.environment, ...(subject.options ?? []), ...more];
  return rig.startIn(rig.root, variablesOf(rig, subject), "run", target, ...own);
}

/** Variables of the commands. */
export function variablesOf(rig: ProjectRig, subject: ContractSubject): Readonly<Record<string, string>> {
  // These belong to the user, and must not reach a step.
  const secrets = { AWS_SECRET_ACCESS_KEY: "leak", GITHUB_TOKEN: "leak" };
  return { HEADRACE_CONFIG: `${rig.root}/settings.yaml`, HEADRACE_DATABASE_URL: "", ...secrets, ...subject.variables };
}

/** Runs to the end, whatever comes of the steps. */
export async function runContract(rig: ProjectRig, subject: ContractSubject, target: string): Promise<RunDetailView> {
  const { code, signal, stdout, stderr } = await startContract(rig, subject, target, "--jobs", "4", "--json").result;
  if (stdout === "")
    throw new Error(`the run of ${target} ended with ${code ?? signal} and printed nothing:\n${stderr}`);
  const run = JSON.parse(stdout) as RunDetailView | { readonly error: unknown };
  if ("error" in run) throw new Error(`${JSON.stringify(run.error)}\n${stderr}`);
  return run;
}

/** JSON is YAML: no text needs quoting twice. */
export function configOf(steps: readonly ContractStep[], { image }: ContractSubject): string {
  const items = steps.map(({ name, step }) => ({ step: { name, image, ...step } }));
  const pipeline = {
    name: "contract",
    nodes: steps.map(({ name }) => ({ name, step: name, type: "execution", "on-error": "continue" })),
    edges: steps.flatMap(({ edges }) => edges ?? []),
  };
  return JSON.stringify([...items, { pipeline }]);
}

/** Returns the result of each step. */
export async function resultsOf(rig: ProjectRig, run: RunDetailView): Promise<ReadonlyMap<string, ContractResult>> {
  await using project = await openProject({ cwd: rig.root, env: process.env });
  const results = new Map<string, ContractResult>();
  for (const { name, execution } of run.nodes) {
    if (execution === null) continue;
    const ref = String(execution.number);
    const log = async (stream: "stdout" | "stderr"): Promise<string> => {
      let text = "";
      for await (const line of project.api.logs.lines(ref, { stream }))
        text += line.continues ? line.text : `${line.text}\n`;
      return text;
    };
    results.set(name, { execution, stdout: await log("stdout"), stderr: await log("stderr"), others: results });
  }
  return results;
}

/** The only execution of a run of one step. */
export function executionOf(run: RunDetailView): ExecutionView {
  const execution = run.nodes[0]?.execution;
  if (execution === null || execution === undefined) throw new Error("the step did not run");
  return execution;
}
