import type { Command } from "commander";
import type { SandboxChoice } from "../../services/index.ts";
import { choiceOption, SANDBOXES, wholeNumber } from "../arguments/values.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withFolder } from "../project-at-hand.ts";

interface EngineOptions extends GlobalOptions {
  readonly jobs?: number;
  readonly exitWhenIdle?: boolean;
  readonly sandbox?: SandboxChoice;
}

export function addEngine(program: Command, cli: Cli): void {
  const command = program
    .command("engine")
    .description("work for all runs of the project, beside other engines, until it is told to end")
    .option(
      "-j, --jobs <count>",
      "how many steps run here at a time (default: the number of cores)",
      wholeNumber("--jobs", 1),
    )
    .option("--exit-when-idle", "end once there is nothing left to do")
    .addOption(choiceOption("--sandbox <kind>", "how steps are kept apart from the machine", SANDBOXES))
    .action(async (_options, self: Command) => {
      const { runEngine } = await import("../run/run-engine.ts");
      const options = self.optsWithGlobals<EngineOptions>();
      await withFolder(cli, options, (project) => runEngine(project, options, cli));
    });
  withExamples(command, [
    ["headrace engine", "drive and execute what is recorded with `headrace run --detach`"],
    ["headrace engine --jobs 8", "eight steps at a time on this machine"],
    ["headrace engine --exit-when-idle", "catch up, and end"],
  ]);
}
