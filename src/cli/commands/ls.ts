import type { Command } from "commander";
import type { ListRequest } from "../../app/index.ts";
import type { RunState } from "../../store/index.ts";
import { choiceOption, collect, RUN_STATES, wholeNumber } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult, withProject } from "../cli.ts";
import { didYouMean } from "../closest-name.ts";
import { withExamples } from "../examples.ts";

interface LsOptions extends GlobalOptions {
  readonly limit: number;
  readonly before?: number;
  readonly state?: RunState;
  readonly tag?: string;
  readonly name?: string;
  readonly since?: string;
  readonly until?: string;
  readonly columns?: readonly string[];
  readonly sort?: string;
  readonly where?: string;
  readonly executions?: boolean;
}

export function addLs(program: Command, cli: Cli): void {
  const command = program
    .command("ls")
    .alias("list")
    .description("list the runs, newest first, or in the order of a metric")
    .option("-n, --limit <count>", "how many at most", wholeNumber("--limit", 1), 20)
    .option("--before <number>", "only runs before this number", wholeNumber("--before", 1))
    .addOption(choiceOption("--state <state>", "only runs in this state", RUN_STATES))
    .option("--tag <tag>", "only runs with this tag")
    .option("--name <name>", "only runs of this step or pipeline")
    .option("--since <moment>", "only runs made since (2d, 2026-03-01)")
    .option("--until <moment>", "only runs made before")
    .option("-c, --columns <names>", "show parameters and metrics (depth,auc or train.*)", collect)
    .option("--sort <name>", "greatest first; NAME:asc for least first")
    .option("--where <condition>", "only where it holds, e.g. 'depth > 3 and auc >= 0.7'")
    .option("-e, --executions", "a row for each execution instead of each run")
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<LsOptions>();
      await withProject(cli, options, async (project) => {
        const list = await project.listRuns({ ...requestOf(options), ...(await periodOf(options, cli)) });
        await printResult(cli, options, list.rows, async () => {
          const { renderAbandoned, renderRuns } = await import("../render/runs.ts");
          // Whose process has died looks as if it ran: said at once, and looked up only where something has not ended.
          const abandoned = list.rows.some((run) => run.finishedAt === null) ? await project.listAbandoned() : [];
          const context = { width: cli.out.size().width, style: cli.out.style, now: cli.now(), limit: options.limit };
          const table = renderRuns(list, { ...context, isFiltered: isFiltered(options), isSorted: options.sort !== undefined });
          return [...table, ...renderAbandoned(abandoned, cli.out.style)];
        });
        for (const name of list.unknownNames) cli.err.lines([cli.err.style.yellow(unknownName(name, list.knownNames))]);
      });
    });
  withExamples(command, [
    ["headrace ls", "the newest 20 runs"],
    ["headrace ls --sort auc --columns depth,rate", "the best runs, with two parameters"],
    ["headrace ls --sort loss:asc --where 'depth > 3' --name train", "the least loss among some"],
    ["headrace ls --state error --limit 5", "the last five that failed"],
    ["headrace ls --tag nightly --since 7d --json", "for a script"],
  ]);
}

/** Read here and not by the option: what reads durations is not to be loaded by every command. */
async function periodOf({ since, until }: LsOptions, cli: Cli): Promise<Pick<ListRequest, "sinceMs" | "untilMs">> {
  if (since === undefined && until === undefined) return {};
  const { moment } = await import("../arguments/amounts.ts");
  return {
    ...(since === undefined ? {} : { sinceMs: moment("--since", cli.now)(since) }),
    ...(until === undefined ? {} : { untilMs: moment("--until", cli.now)(until) }),
  };
}

function requestOf(options: LsOptions): ListRequest {
  const { limit, before, state, tag, name, columns, sort, where, executions } = options;
  return {
    limit,
    ...(before === undefined ? {} : { beforeNumber: before }),
    ...(state === undefined ? {} : { state }),
    ...(tag === undefined ? {} : { tag }),
    ...(name === undefined ? {} : { name }),
    ...(columns === undefined ? {} : { columns: columns.flatMap((each) => each.split(",")).filter((each) => each !== "") }),
    ...(sort === undefined ? {} : { sort }),
    ...(where === undefined ? {} : { where }),
    ...(executions === undefined ? {} : { executions }),
  };
}

/** Whether the list may lack runs that there are. */
function isFiltered({ before, state, tag, name, since, until, where }: LsOptions): boolean {
  return [before, state, tag, name, since, until, where].some((filter) => filter !== undefined);
}

function unknownName(name: string, known: readonly string[]): string {
  const hint = didYouMean(name, known);
  return `note: no listed run has a value named ${name}${hint === undefined ? "" : `; ${hint}`}`;
}
