import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult, withProject } from "../cli.ts";
import { withExamples } from "../examples.ts";

export function addEnvironments(program: Command, cli: Cli): void {
  const command = program
    .command("environments")
    .description("list the places where steps can run, and whether they can now")
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      await withProject(cli, options, async (project) => {
        const environments = await project.listEnvironments();
        await printResult(cli, options, environments, async () => {
          const { renderEnvironments } = await import("../render/environments.ts");
          return renderEnvironments(environments, { width: cli.out.size().width, style: cli.out.style });
        });
      });
    });
  withExamples(command, [
    ["headrace environments", "this machine, its containers, and what headrace.config.yaml names"],
    ["headrace run train --environment docker", "run there, whatever the step says"],
  ]);
}
