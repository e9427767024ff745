import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";

export function addPipeline(program: Command, cli: Cli): void {
  const command = program
    .command("pipeline")
    .description("a pipeline as Headrace reads it: nodes, edges, parameters")
    .argument("<name>", "the pipeline's name")
    .action(async (name: string, _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      const [{ findPipeline, loadDefinitions }, { renderPipeline }] = await Promise.all([
        import("../definitions.ts"),
        import("../render/definition.ts"),
      ]);
      const pipeline = findPipeline(await loadDefinitions(cli, options), name);
      await printResult(cli, options, pipeline, () =>
        renderPipeline(pipeline, { width: cli.out.size().width, style: cli.out.style }),
      );
    });
  withExamples(command, [
    ["headrace pipeline flights", "nodes, edges, parameters"],
    ["headrace pipeline flights --json", "everything, normalised"],
  ]);
}
