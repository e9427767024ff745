import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { everyItem } from "../every-page.ts";
import { withExamples } from "../examples.ts";
import { withProject } from "../project-at-hand.ts";
import { LATEST, REF_OR_LATEST_HELP } from "./ref-help.ts";

const NODES_AT_ONCE = 1_000;

export function addWhy(program: Command, cli: Cli): void {
  const command = program
    .command("why")
    .description("why nodes ran or were reused, down to the file that differs")
    .argument("[number]", REF_OR_LATEST_HELP, LATEST)
    .action(async (ref: string, _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      await withProject(cli, options, async ({ api }) => {
        const views = await Array.fromAsync(everyItem((page) => api.records.why(ref, page), { atOnce: NODES_AT_ONCE }));
        await printResult(cli, options, views, async () => {
          const { renderWhy, renderWhyTable } = await import("../render/why.ts");
          const context = { width: cli.out.size().width, style: cli.out.style };
          const [only] = views;
          return only !== undefined && views.length === 1 ? renderWhy(only, context) : renderWhyTable(views, context);
        });
      });
    });
  withExamples(command, [
    ["headrace why", "every node of the newest run, a line each"],
    ["headrace why 12.train", "one node, with the differences of its code"],
    ["headrace why 12 --json", "for a script"],
  ]);
}
