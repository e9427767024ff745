import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withFolder, withProject } from "../project-at-hand.ts";

export function addEnvironments(program: Command, cli: Cli): void {
  const command = program
    .command("environments")
    .description("list the places where steps can run, and whether they can now")
    .option("--rebuild-python", "have this project's Python environments built anew, each when a step next needs it")
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { readonly rebuildPython?: boolean }>();
      if (options.rebuildPython === true) {
        await withFolder(cli, options, ({ upkeep }) => upkeep.rebuildPythonEnvironments());
        await printResult(cli, options, { rebuildPython: true }, () => [
          "✓ Python environments of this project will be built anew, each when a step next needs it",
          "  `headrace run STEP --fresh` runs a step in one, whatever an earlier result says",
        ]);
        return;
      }
      await withProject(cli, options, async ({ api }) => {
        const environments = await api.environments.list();
        await printResult(cli, options, environments, async () => {
          const { renderEnvironments } = await import("../render/environments.ts");
          return renderEnvironments(environments, { width: cli.out.size().width, style: cli.out.style });
        });
      });
    });
  withExamples(command, [
    ["headrace environments", "this machine, its containers, and what headrace.config.yaml names"],
    ["headrace environments --rebuild-python", "take what package indexes have now"],
    ["headrace run train --environment docker", "run there, whatever the step says"],
  ]);
}
