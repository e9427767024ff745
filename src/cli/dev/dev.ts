import { HeadraceError } from "../../errors.ts";
import { type LocalProject, watchCode } from "../../services/index.ts";
import { inputAssignments, parameterAssignments, parseAssignment } from "../arguments/assignments.ts";
import { scopeOf } from "../arguments/target.ts";
import type { Cli } from "../cli.ts";
import type { DevOptions } from "../commands/dev.ts";
import { listenForInterruption } from "../live/interruption.ts";
import { oneLine } from "../terminal/width.ts";
import { DevRequest } from "./dev-request.ts";
import { developStep } from "./develop-step.ts";

/** `headrace dev`. */
export async function dev(project: LocalProject, step: string, options: DevOptions, cli: Cli): Promise<void> {
  if (options.json === true)
    throw new HeadraceError("HR_USAGE", "dev has no end, and so no JSON", {
      hint: `write headrace run ${step} --from ${options.from ?? "latest"} --json`,
    });
  const { definitions } = await project.api.configuration.get();
  const scope = scopeOf(definitions ?? undefined, step, undefined);
  const asked = {
    target: step,
    kind: "step" as const,
    environmentVariables: {},
    parameters: parameterAssignments(
      (options.param ?? []).map((text) => parseAssignment(text, "--param", "NAME=VALUE")),
      scope,
    ),
    inputs: inputAssignments(
      (options.input ?? []).map((text) => parseAssignment(text, "--input", "NAME=URI")),
      scope,
    ),
  };
  const from = await executionOf(project, step, options.from, cli);
  const request = await DevRequest.open(project, asked, from);
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
    {
      request,
      tags: ["dev", ...(options.tag ?? [])],
      logs: options.logs !== false,
      stop: interruption.stop,
      kill: interruption.kill,
    },
    cli,
  );
}

/**
 * Once and for all: `latest`, or the newest run of the step, would soon be one of ours. Undefined where the step never
 * ran.
 */
async function executionOf(
  project: LocalProject,
  step: string,
  ref: string | undefined,
  cli: Cli,
): Promise<string | undefined> {
  if (ref !== undefined) {
    const subject = await project.api.records.get(ref);
    return String(subject.kind === "run" ? subject.run.number : subject.execution.number);
  }
  const number = await project.development.newestOfStep(step);
  const words =
    number === undefined
      ? `${step} never ran here: it gets its defaults (--param and --input set others)`
      : `${step} gets the inputs and parameters of #${number} (--from N takes those of another run)`;
  cli.out.lines([cli.out.style.dim(oneLine(words))]);
  return number === undefined ? undefined : String(number);
}
