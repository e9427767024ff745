import type { Command } from "commander";
import type { SandboxChoice } from "../../services/index.ts";
import { choiceOption, SANDBOXES } from "../arguments/values.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withFolder } from "../project-at-hand.ts";
import { addLogOptions } from "./log-options.ts";

interface ResumeOptions extends GlobalOptions {
  readonly logs?: boolean;
  readonly sandbox?: SandboxChoice;
}

export function addResume(program: Command, cli: Cli): void {
  const command = addLogOptions(program.command("resume"))
    .description("carry on with a run whose process died; steps that still run are adopted")
    .argument("[number]", "a run's number, or latest; without one, every run that nobody drives any more")
    .addOption(
      choiceOption("--sandbox <kind>", "how steps that have not begun are kept apart from the machine", SANDBOXES),
    )
    .action(async (ref: string | undefined, _options, self: Command) => {
      const { resumeRuns } = await import("../run/resume-runs.ts");
      const options = self.optsWithGlobals<ResumeOptions>();
      await withFolder(cli, options, (project) => resumeRuns(project, ref, options, cli));
    });
  withExamples(command, [
    ["headrace resume", "after a crash or a reboot"],
    ["headrace resume 12", "one run"],
  ]);
}
