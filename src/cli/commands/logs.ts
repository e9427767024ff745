import { type Command, Option } from "commander";
import { HeadraceError } from "../../errors.ts";
import { choiceOption, wholeNumber } from "../arguments/values.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withProject } from "../project-at-hand.ts";
import { LATEST, REF_OR_LATEST_HELP } from "./ref-help.ts";

interface LogsOptions extends GlobalOptions {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly stream?: "stdout" | "stderr";
  readonly timestamps?: boolean;
  readonly grep?: string;
  readonly since?: string;
  readonly raw?: boolean;
}

export function addLogs(program: Command, cli: Cli): void {
  const command = program
    .command("logs")
    .description("what an execution printed (of a run: all its executions)")
    .argument("[number]", REF_OR_LATEST_HELP, LATEST)
    .option("-f, --follow", "go on until the execution has ended")
    .option("-n, --tail <lines>", "only the last lines", wholeNumber("--tail", 0))
    .addOption(choiceOption("--stream <stream>", "only one of the two streams", ["stdout", "stderr"]))
    .option(
      "-g, --grep <pattern>",
      "only lines that a regular expression matches; without capital letters it does not tell them apart",
    )
    .option("--since <time>", "only what was printed from then on: `10m` (ago), `2026-03-01T12:00`")
    .option("-t, --timestamps", "when each line was printed")
    .addOption(
      new Option("--raw", "the bytes that were printed, unchanged; for a pipe or a file").conflicts([
        "follow",
        "tail",
        "timestamps",
        "grep",
        "since",
        "json",
      ]),
    )
    .action(async (ref: string, _options, self: Command) => {
      const options = self.optsWithGlobals<LogsOptions>();
      requireOneEnd(options);
      // Not by the options themselves: what reads durations is not to be loaded by every command.
      const { linePattern, pointInTime } = await import("../arguments/log-lines.ts");
      const { grep, since, ...others } = options;
      const chosen = {
        ...others,
        ...(grep === undefined ? {} : { grep: linePattern(grep) }),
        ...(since === undefined ? {} : { since: pointInTime(since) }),
      };
      const { printLogs, printRawLogs } = await import("../render/logs.ts");
      const print = options.raw === true ? printRawLogs : printLogs;
      await withProject(cli, options, (project) => print(project, ref, chosen, cli));
    });
  withExamples(command, [
    ["headrace logs 12", "the whole log"],
    ["headrace logs 12 --grep 'nan|error'", "the lines with `nan`, `NaN`, `error` …"],
    ["headrace logs -f --since 1m", "what was printed within the last minute, and what comes"],
    ["headrace logs -f", "follow what runs now"],
    ["headrace logs 12.train --tail 50 --timestamps", "the last 50 lines of a node, with times"],
    ["headrace logs 12 --stream stderr", "errors only"],
    ["headrace logs 12 --stream stdout --raw > out.bin", "exactly what it printed"],
  ]);
}

/**
 * Refuses two ends at once. Nobody can tell which lines are the last while more come; older lines would have to be told
 * from those that come.
 */
function requireOneEnd({ follow, tail, grep, since }: LogsOptions): void {
  if (follow !== true || tail === undefined || (grep === undefined && since === undefined)) return;
  throw new HeadraceError(
    "HR_USAGE",
    `--tail does not go with --follow and ${grep === undefined ? "--since" : "--grep"}`,
    {
      hint: "leave one of them out",
    },
  );
}
