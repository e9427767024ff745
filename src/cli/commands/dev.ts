import type { Command } from "commander";
import type { SandboxChoice } from "../../services/index.ts";
import { choiceOption, collect, SANDBOXES } from "../arguments/values.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { EXIT } from "../failure.ts";
import { withFolder } from "../project-at-hand.ts";

export interface DevOptions extends GlobalOptions {
  readonly from?: string;
  readonly param?: readonly string[];
  readonly input?: readonly string[];
  readonly tag?: readonly string[];
  readonly sandbox?: SandboxChoice;
  readonly logs?: boolean;
}

export function addDev(program: Command, cli: Cli): void {
  const command = program
    .command("dev")
    .description("run a step on what it got in an earlier run, and again after each save")
    .argument("<step>", "a step of the configuration, or a node of that run")
    .option(
      "--from <number>",
      "the run or execution whose inputs and parameters it gets (default: the newest of the step)",
    )
    .option("-p, --param <name=value>", "a parameter; repeated, it is a list", collect)
    .option("-i, --input <name=uri>", "an input's files; repeated, they add up", collect)
    .option("--tag <tag>", "a tag beside `dev`; may be repeated", collect)
    .option("--no-logs", "show only how the rounds end, not what the step prints")
    .addOption(choiceOption("--sandbox <kind>", "how the step is kept apart from the machine", SANDBOXES))
    .action(async (step: string, _options, self: Command) => {
      const options = self.optsWithGlobals<DevOptions>();
      const { dev } = await import("../dev/dev.ts");
      await withFolder(cli, options, (project) => dev(project, step, options, cli));
      cli.exitCode = EXIT.ok;
    });
  withExamples(command, [
    ["headrace dev train --from 12", "edit, save, look"],
    ["headrace dev train --from latest --param epochs=1", "quicker rounds"],
  ]);
}
