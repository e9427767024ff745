import type { Command } from "commander";
import type { SandboxChoice } from "../../services/index.ts";
import { choiceOption, collect, SANDBOXES } from "../arguments/values.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { LATEST } from "./ref-help.ts";

export interface ShellCommandOptions extends GlobalOptions {
  readonly from?: string;
  readonly param?: readonly string[];
  readonly input?: readonly string[];
  readonly env?: readonly string[];
  readonly environment?: string;
  readonly sandbox?: SandboxChoice;
  readonly keep?: string;
}

export function addShell(program: Command, cli: Cli): void {
  const command = program
    .command("shell")
    .description(
      "open a shell in a step's place: its code, inputs, parameters, variables, Python environment and sandbox; nothing is recorded",
    )
    .argument(
      "[target]",
      "an execution (12), a node of a run (12.train), or a step of the configuration with today's code; else `latest`",
      LATEST,
    )
    .option("--from <number>", "of a step: with the inputs and parameters of an earlier run or execution")
    .option("-p, --param <name=value>", "of a step: a parameter; repeated, it is a list", collect)
    .option("-i, --input <name=uri>", "of a step: an input's files; repeated, they add up", collect)
    .option("-e, --env <name=value>", "of a step: an environment variable", collect)
    .option("-E, --environment <slug>", "where it opens: a local environment")
    .option("--keep <dir>", "copy its outputs into a new or empty folder at the end; they are thrown away otherwise")
    .addOption(choiceOption("--sandbox <kind>", "how it is kept apart from the machine", SANDBOXES))
    .action(async (target: string, _options, self: Command) => {
      const { shell } = await import("../run/shell.ts");
      await shell(target, self.optsWithGlobals<ShellCommandOptions>(), cli);
    });
  withExamples(command, [
    ["headrace shell", "where the newest run of one step ran"],
    ["headrace shell 12.train", "where node train of run 12 ran, with its code as it was"],
    ["headrace shell train --from latest --param epochs=1", "today's code, what the newest run got"],
    ["headrace shell train --keep results", "what it leaves in /valohai/outputs is copied to results"],
  ]);
}
