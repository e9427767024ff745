import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult, withProject } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { oneLine } from "../terminal/width.ts";
import { REF_HELP } from "./ref-help.ts";

export function addStop(program: Command, cli: Cli): void {
  const command = program
    .command("stop")
    .description("stop a run or an execution, keeping what it has made")
    .argument("<number>", REF_HELP)
    .action(async (ref: string, _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      await withProject(cli, options, async (project) => {
        // Before, as `latest` may mean another one afterwards.
        const subject = await project.info(ref);
        const result = await project.stop(ref);
        await printResult(cli, options, result, async () => {
          const { lookOf } = await import("../terminal/state.ts");
          const { glyph, paint } = lookOf(result.state, cli.out.style);
          const name =
            subject.kind === "run"
              ? `run ${subject.run.number} (${oneLine(subject.run.name)})`
              : `execution ${subject.execution.number} (${oneLine(subject.execution.node)})`;
          return [`${paint(glyph)} ${name} ${result.stopped ? "has been stopped" : "had ended already"} (${result.state})`];
        });
      });
    });
  withExamples(command, [
    ["headrace stop latest", "the newest run with all its steps"],
    ["headrace stop 12.train", "one node of a run"],
  ]);
}
