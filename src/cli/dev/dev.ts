import { type Project, watchCode } from "../../app/index.ts";
import { HeadraceError } from "../../errors.ts";
import { inputAssignments, parameterAssignments, parseAssignment } from "../arguments/assignments.ts";
import { scopeOf } from "../arguments/target.ts";
import type { Cli } from "../cli.ts";
import type { DevOptions } from "../commands/dev.ts";
import { listenForInterruption } from "../live/interruption.ts";
import { developStep } from "./develop-step.ts";

/** `headrace dev`. */
export async function dev(project: Project, step: string, options: DevOptions, cli: Cli): Promise<void> {
  if (options.json === true)
    throw new HeadraceError("HR_USAGE", "dev has no end, and so no JSON", {
      hint: `write headrace run ${step} --from ${options.from} --json`,
    });
  const { config } = await project.loadConfig();
  const scope = scopeOf(config, step, undefined);
  const request = {
    ...{ target: step, from: await numberOf(project, options.from), downstream: false, environmentVariables: {} },
    parameters: parameterAssignments(
      (options.param ?? []).map((text) => parseAssignment(text, "--param", "NAME=VALUE")),
      scope,
    ),
    inputs: inputAssignments(
      (options.input ?? []).map((text) => parseAssignment(text, "--input", "NAME=URI")),
      scope,
    ),
  };
  using watch = watchCode(project.location.root);
  using interruption = listenForInterruption({
    // Without a terminal nobody looks at the rounds.
    endsOnHangup: true,
    onStop: () => cli.err.lines(["ending…"]),
    onKill: () => undefined,
  });
  await developStep(
    project,
    watch,
    { request, tags: ["dev", ...(options.tag ?? [])], logs: options.logs !== false, stop: interruption.stop, kill: interruption.kill },
    cli,
  );
}

/** Once and for all: `latest` would soon be a run of ours. */
async function numberOf(project: Project, ref: string): Promise<string> {
  const subject = await project.info(ref);
  return String(subject.kind === "run" ? subject.run.number : subject.execution.number);
}
