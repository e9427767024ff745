import type { Command } from "commander";
import type { Cli, GlobalOptions } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withProject } from "../project-at-hand.ts";
import { addLogOptions } from "./log-options.ts";

export function addAttach(program: Command, cli: Cli): void {
  const command = addLogOptions(program.command("attach"))
    .description("follow a run that another process drives; Ctrl-C leaves it running")
    .argument("<number>", "a run's number, or latest")
    .action(async (ref: string, _options, self: Command) => {
      const { attachToRun } = await import("../run/attach-to-run.ts");
      const options = self.optsWithGlobals<GlobalOptions & { readonly logs?: boolean }>();
      await withProject(cli, options, (project) => attachToRun(project, ref, options, cli));
    });
  withExamples(command, [
    ["headrace attach 12", "as if it had been started here"],
    ["headrace attach latest", "the newest run"],
  ]);
}
