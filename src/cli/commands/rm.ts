import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withProject } from "../project-at-hand.ts";

export function addRm(program: Command, cli: Cli): void {
  const command = program
    .command("rm")
    .description("remove runs, with the files and logs that only they need")
    .argument("<numbers...>", "runs that have ended")
    .action(async (refs: readonly string[], _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      await withProject(cli, options, async ({ api }) => {
        const garbage = await api.runs.remove(refs);
        await printResult(cli, options, garbage, async () => {
          const { renderGarbage } = await import("../render/garbage.ts");
          return renderGarbage(garbage, { width: cli.out.size().width, style: cli.out.style, now: cli.now() });
        });
      });
    });
  withExamples(command, [
    ["headrace rm 12", "one run"],
    ["headrace rm 12 15 18", "several; none goes where one cannot"],
  ]);
}
