import type { Command } from "commander";
import type { RunState } from "../../store/index.ts";
import { choiceOption, RUN_STATES, wholeNumber } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult, withProject } from "../cli.ts";
import { withExamples } from "../examples.ts";

interface LsOptions extends GlobalOptions {
  readonly limit: number;
  readonly before?: number;
  readonly state?: RunState;
  readonly tag?: string;
  readonly name?: string;
}

export function addLs(program: Command, cli: Cli): void {
  const command = program
    .command("ls")
    .alias("list")
    .description("list the runs, newest first")
    .option("-n, --limit <count>", "how many at most", wholeNumber("--limit", 1), 20)
    .option("--before <number>", "only runs before this number", wholeNumber("--before", 1))
    .addOption(choiceOption("--state <state>", "only runs in this state", RUN_STATES))
    .option("--tag <tag>", "only runs with this tag")
    .option("--name <name>", "only runs of this step or pipeline")
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<LsOptions>();
      await withProject(cli, options, async (project) => {
        const { before, state, tag, name, limit } = options;
        const runs = await project.listRuns({
          limit,
          ...(before === undefined ? {} : { beforeNumber: before }),
          ...(state === undefined ? {} : { state }),
          ...(tag === undefined ? {} : { tag }),
          ...(name === undefined ? {} : { name }),
        });
        await printResult(cli, options, runs, async () => {
          const { renderAbandoned, renderRuns } = await import("../render/runs.ts");
          // Whose process has died looks as if it ran: said at once, and looked up only where something has not ended.
          const abandoned = runs.some((run) => run.finishedAt === null) ? await project.listAbandoned() : [];
          const isFiltered = [before, state, tag, name].some((filter) => filter !== undefined);
          const table = renderRuns(runs, { width: cli.out.size().width, style: cli.out.style, now: cli.now(), limit, isFiltered });
          return [...table, ...renderAbandoned(abandoned, cli.out.style)];
        });
      });
    });
  withExamples(command, [
    ["headrace ls", "the newest 20 runs"],
    ["headrace ls --state error --limit 5", "the last five that failed"],
    ["headrace ls --tag nightly --json", "for a script"],
  ]);
}
