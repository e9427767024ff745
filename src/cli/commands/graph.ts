import type { Command } from "commander";
import type { PipelineGraph } from "../../api/index.ts";
import { choiceOption, GRAPH_FORMATS } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, toJson } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withCodeAtHand } from "../project-at-hand.ts";

interface GraphOptions extends GlobalOptions {
  readonly format: (typeof GRAPH_FORMATS)[number];
  readonly edges?: boolean;
}

export function addGraph(program: Command, cli: Cli): void {
  const command = program
    .command("graph")
    .description("draw a pipeline")
    .argument("[pipeline]", "its name; not needed where there is only one")
    .addOption(choiceOption("-f, --format <format>", "how it is drawn", GRAPH_FORMATS).default("text"))
    .option("--edges", "also list what flows along each edge")
    .action(async (name: string | undefined, _options, self: Command) => {
      const options = self.optsWithGlobals<GraphOptions>();
      const graph = await withCodeAtHand(cli, options, ({ api }) => api.configuration.graph(name));
      cli.out.lines(await render(graph, options, cli));
    });
  withExamples(command, [
    ["headrace graph flights", "in the terminal"],
    ["headrace graph flights --edges", "with the files, parameters and metadata on each edge"],
    ["headrace graph flights --format mermaid", "for a README or a pull request"],
    ["headrace graph flights --format svg > flights.svg", "a picture for light and dark pages"],
  ]);
}

async function render(graph: PipelineGraph, options: GraphOptions, cli: Cli): Promise<readonly string[]> {
  const format = options.json === true ? "json" : options.format;
  switch (format) {
    case "json":
      return [toJson(graph)];
    case "mermaid":
      return (await import("../graph/mermaid.ts")).renderMermaid(graph);
    case "svg":
      return (await import("../graph/svg.ts")).renderSvg(graph);
    case "dot":
      return (await import("../graph/dot.ts")).renderDot(graph);
    case "text":
      return (await import("../graph/text.ts")).renderGraphText(graph, {
        width: cli.out.size().width,
        style: cli.out.style,
        edges: options.edges === true,
      });
  }
}
