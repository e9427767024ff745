import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";

export function addStep(program: Command, cli: Cli): void {
  const command = program
    .command("step")
    .description("a step as Headrace reads it, with every default filled in")
    .argument("<name>", "the step's name")
    .action(async (name: string, _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      const [{ findStep, loadDefinitions }, { renderStep }] = await Promise.all([
        import("../definitions.ts"),
        import("../render/definition.ts"),
      ]);
      const step = findStep(await loadDefinitions(cli, options), name);
      await printResult(cli, options, step, () =>
        renderStep(step, { width: cli.out.size().width, style: cli.out.style }),
      );
    });
  withExamples(command, [
    ["headrace step train", "parameters, inputs, command"],
    ["headrace step train --json", "everything, normalised"],
  ]);
}
