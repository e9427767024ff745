import { resolve } from "node:path";
import { HeadraceError } from "../../errors.ts";
import type { LocalProject, ShellSubject, ShellView } from "../../services/index.ts";
import { plural, shortCommit } from "../../views/index.ts";
import type { Cli } from "../cli.ts";
import type { ShellCommandOptions } from "../commands/shell.ts";
import { HeldDisplay } from "../live/held-display.ts";
import { listenForInterruption } from "../live/interruption.ts";
import { withFolder } from "../project-at-hand.ts";
import { requireTerminal } from "../terminal/own-terminal.ts";
import { oneLine } from "../terminal/width.ts";
import { requestOf } from "./request-of.ts";

/** `headrace shell`: exits as the shell does. */
export async function shell(target: string, options: ShellCommandOptions, cli: Cli): Promise<void> {
  if (options.json === true) {
    throw new HeadraceError("HR_USAGE", "a shell does not go with --json", { hint: "leave --json out" });
  }
  requireTerminal("a shell");
  await withFolder(cli, options, async (project) => {
    const subject = await subjectOf(target, options, project);
    using display = new HeldDisplay(cli);
    using interruption = listenForInterruption({
      endsOnHangup: true,
      onStop: () => undefined,
      onKill: () => undefined,
    });
    cli.exitCode = await project.shell(subject, {
      terminal: display,
      signal: interruption.stop,
      onReady: (view) => cli.err.lines(introduction(view, options, cli)),
      onRemark: (remark) => display.remark(remark),
      ...(options.keep === undefined ? {} : { keep: resolve(cli.cwd, options.keep) }),
    });
  });
}

const REF = /^(?:[#=]?[1-9]\d*|latest)(?:\..+)?$/;

async function subjectOf(target: string, options: ShellCommandOptions, project: LocalProject): Promise<ShellSubject> {
  const { param, input, env, from, environment } = options;
  if (REF.test(target)) {
    const given = Object.entries({ "--param": param, "--input": input, "--env": env, "--from": from }).find(
      ([, value]) => value !== undefined,
    );
    if (given === undefined)
      return { kind: "recorded", ref: target, ...(environment === undefined ? {} : { environment }) };
    throw new HeadraceError("HR_USAGE", `${given[0]} goes with a step, and ${target} is what was recorded`, {
      hint: `\`headrace shell STEP --from ${target}\` takes it, with today's code`,
    });
  }
  const request = await requestOf(
    { target, rest: [], ownOptions: [], options: { ...options, step: true } },
    project.api,
  );
  return { kind: "step", request };
}

function introduction(
  { label, command, commit, valohai, inputFiles }: ShellView,
  { keep }: ShellCommandOptions,
  cli: Cli,
): readonly string[] {
  const { bold, dim } = cli.err.style;
  const kept =
    keep === undefined
      ? "nothing is kept (--keep DIR copies ../outputs)"
      : `../outputs is copied to ${oneLine(keep)}, nothing else is kept`;
  const files = plural(inputFiles, "input file");
  return [
    `${bold(oneLine(label))} ${dim("runs")} ${oneLine(command.join(" && "))}`,
    `${dim("in")} ${valohai}/repository ${dim(`(code ${shortCommit(commit)}), with ${files} in`)} ../inputs`,
    dim(`exit or Ctrl-D leaves; ${kept}`),
  ];
}
