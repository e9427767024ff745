import { resolve } from "node:path";
import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult, workingFolder } from "../cli.ts";
import { withExamples } from "../examples.ts";

export function addInit(program: Command, cli: Cli): void {
  const command = program
    .command("init")
    .description("start a project: a valohai.yaml for the scripts at hand, or with an example")
    .argument("[dir]", "the project's folder (made if need be)", ".")
    .option("--example", "write the example project, into a new or empty folder")
    .action(async (folder: string, { example }: { readonly example?: boolean }, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      const { initProject } = await import("../starter/init-project.ts");
      const { renderInit } = await import("../starter/render-init.ts");
      const result = initProject(resolve(workingFolder(cli, options), folder), { example: example === true });
      await printResult(cli, options, result, () => renderInit(result, folder, cli.out.style));
    });
  withExamples(command, [
    ["headrace init", "in this folder"],
    ["headrace init --example first-steps", "an example, in a new folder"],
  ]);
}
