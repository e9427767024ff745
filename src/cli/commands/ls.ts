import type { Command } from "commander";
import type { ExecutionsQuery, FilesQuery, ProjectApi, RunsQuery } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { RunState } from "../../store/index.ts";
import { choiceOption, collect, RUN_STATES, wholeNumber } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { didYouMean } from "../closest-name.ts";
import { everyItem } from "../every-page.ts";
import { withExamples } from "../examples.ts";
import { withProject } from "../project-at-hand.ts";

interface LsOptions extends GlobalOptions {
  readonly limit: number;
  readonly before?: number;
  readonly state?: RunState;
  readonly tag?: string;
  readonly name?: string;
  readonly run?: string;
  readonly step?: string;
  readonly node?: string;
  readonly since?: string;
  readonly until?: string;
  readonly columns?: readonly string[];
  readonly sort?: string;
  readonly where?: string;
  readonly executions?: boolean;
  readonly files?: boolean;
  readonly sha256?: string;
}

export function addLs(program: Command, cli: Cli): void {
  const command = program
    .command("ls")
    .alias("list")
    .description("list runs, executions or files, newest first, or in another order")
    .option("-n, --limit <count>", "how many at most", wholeNumber("--limit", 1), 20)
    .option("--before <number>", "only runs before this number", wholeNumber("--before", 1))
    .addOption(choiceOption("--state <state>", "only runs in this state", RUN_STATES))
    .option("--tag <tag>", "only runs with this tag")
    .option(
      "--name <name>",
      "only runs of this step or pipeline; with --files: files of this name, or what it begins with (model*)",
    )
    .option("--sha256 <digits>", "with --files: only what has this hash, or begins so")
    .option("--since <moment>", "only what was made since (2d, 2026-03-01)")
    .option("--until <moment>", "only what was made before")
    .option("-c, --columns <names>", "show parameters and metrics (depth,auc or train.*)", collect)
    .option("--sort <name>", "greatest first; NAME:asc for least first")
    .option("--where <condition>", "only where it holds, e.g. 'depth > 3 and auc >= 0.7'")
    .option("-e, --executions", "executions, each with its own values, instead of runs")
    .option("--files", "stored files instead of runs")
    .option("--run <number>", "with --executions or --files: only those of this run")
    .option("--step <step>", "with --executions or --files: only those of this step")
    .option("--node <node>", "with --executions: only those of nodes of this name")
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<LsOptions>();
      refuseMixed(options);
      await withProject(cli, options, async ({ api }) => {
        if (options.files === true) await listFiles(api, options, cli);
        else if (options.executions === true) await listExecutions(api, options, cli);
        else await listRuns(api, options, cli);
      });
    });
  withExamples(command, [
    ["headrace ls", "the newest 20 runs"],
    ["headrace ls --sort auc --columns depth,rate", "the best runs, with two parameters"],
    ["headrace ls --sort loss:asc --where 'depth > 3' --name train", "the least loss among some"],
    ["headrace ls --state error --limit 5", "the last five that failed"],
    ["headrace ls --tag nightly --since 7d --json", "for a script"],
    ["headrace ls --executions --step train --sort auc", "the best executions of a step"],
    ["headrace ls --files --name model.pkl", "every model, the newest first"],
  ]);
}

async function listRuns(api: ProjectApi, options: LsOptions, cli: Cli): Promise<void> {
  const query = await rowsQuery(options, cli);
  const list = await wholeList(options.limit, (page) => api.runs.list({ ...query, ...page }));
  await printResult(cli, options, list.items, async () => {
    const { renderAbandoned, renderRuns } = await import("../render/runs.ts");
    // A run whose process has died looks as if it still ran: it is named as abandoned at once, and looked up only if
    // some run has not ended.
    const abandoned = list.items.some((run) => run.finishedAt === null) ? await api.runs.listAbandoned() : [];
    return [...renderRuns(list, contextOf(options, cli)), ...renderAbandoned(abandoned, cli.out.style)];
  });
  noteUnknown(list, "run", cli);
}

async function listExecutions(api: ProjectApi, options: LsOptions, cli: Cli): Promise<void> {
  const { run, step, node } = options;
  const query: Omit<ExecutionsQuery, "limit"> = {
    ...(await rowsQuery(options, cli)),
    ...(run === undefined ? {} : { run }),
    ...(step === undefined ? {} : { step }),
    ...(node === undefined ? {} : { node }),
  };
  const list = await wholeList(options.limit, (page) => api.executions.list({ ...query, ...page }));
  await printResult(cli, options, list.items, async () =>
    (await import("../render/executions.ts")).renderExecutions(list, contextOf(options, cli)),
  );
  noteUnknown(list, "execution", cli);
}

async function listFiles(api: ProjectApi, options: LsOptions, cli: Cli): Promise<void> {
  const { run, step, name, sha256, sort, limit } = options;
  const query: Omit<FilesQuery, "limit"> = {
    ...(await periodOf(options, cli)),
    ...(run === undefined ? {} : { of: run }),
    ...(step === undefined ? {} : { step }),
    ...(name === undefined ? {} : { name }),
    ...(sha256 === undefined ? {} : { sha256: hashBegin(sha256) }),
    ...(sort === undefined ? {} : { sort: fileOrder(sort) }),
  };
  const files = await Array.fromAsync(
    everyItem((page) => api.data.list({ ...query, ...page }), { atOnce: AT_ONCE, most: limit }),
  );
  await printResult(cli, options, files, async () =>
    (await import("../render/outputs.ts")).renderFileList(files, {
      width: cli.out.size().width,
      style: cli.out.style,
      now: cli.now(),
    }),
  );
}

function hashBegin(text: string): string {
  if (/^[0-9a-f]{4,64}$/i.test(text)) return text;
  throw new HeadraceError("HR_USAGE", `${text} is no hash of a file, nor the beginning of one`, {
    hint: "write at least 4 hexadecimal digits of it",
  });
}

const AT_ONCE = 1_000;

interface List<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
  readonly columns: readonly string[];
  readonly unknownNames: readonly string[];
  readonly knownNames: readonly string[];
}

/** So many rows as were asked for, in as many pages as that takes; what is known of names is that of the first page. */
async function wholeList<Item>(
  limit: number,
  ask: (page: { readonly limit: number; readonly after?: string }) => Promise<List<Item>>,
): Promise<List<Item>> {
  let first: List<Item> | undefined;
  const columns = new Set<string>();
  const pages = async (page: { readonly limit: number; readonly after?: string }): Promise<List<Item>> => {
    const list = await ask(page);
    first ??= list;
    for (const name of list.columns) columns.add(name);
    return list;
  };
  const items = await Array.fromAsync(everyItem(pages, { atOnce: AT_ONCE, most: limit }));
  const { unknownNames = [], knownNames = [], next = null } = first ?? {};
  return { items, next, columns: [...columns], unknownNames, knownNames };
}

function noteUnknown({ unknownNames, knownNames }: List<unknown>, what: string, cli: Cli): void {
  for (const name of unknownNames) {
    const hint = didYouMean(name, knownNames);
    const note = `note: no listed ${what} has a value named ${name}${hint === undefined ? "" : `; ${hint}`}`;
    cli.err.lines([cli.err.style.yellow(note)]);
  }
}

/** Refuses options that only one of the lists knows. */
function refuseMixed(options: LsOptions): void {
  const { executions, files, run, step, node, sha256, before, state, tag, columns, where } = options;
  if (executions === true && files === true) throw mixed("--executions", "--files");
  const ofFiles = { "--before": before, "--state": state, "--tag": tag, "--columns": columns, "--where": where };
  const refused = Object.entries({ ...ofFiles, "--node": node }).find(([, given]) => given !== undefined);
  if (files === true && refused !== undefined) throw mixed(refused[0], "--files");
  if (sha256 !== undefined && files !== true)
    throw new HeadraceError("HR_USAGE", "--sha256 goes with --files", {
      hint: `write headrace ls --files --sha256 ${sha256}`,
    });
  const narrow = Object.entries({ "--run": run, "--step": step, "--node": node }).find(
    ([, given]) => given !== undefined,
  );
  if (narrow === undefined || files === true || executions === true) return;
  throw new HeadraceError("HR_USAGE", `${narrow[0]} goes with --executions or --files`, {
    hint: `write headrace ls --executions ${narrow[0]} ${narrow[1]}`,
  });
}

function mixed(one: string, other: string): HeadraceError {
  return new HeadraceError("HR_USAGE", `${one} does not go with ${other}`, { hint: "leave one of the two out" });
}

function fileOrder(text: string): NonNullable<FilesQuery["sort"]> {
  const orders: Readonly<Record<string, NonNullable<FilesQuery["sort"]>>> = {
    created: "created:desc",
    "created:desc": "created:desc",
    "created:asc": "created:asc",
    name: "name:asc",
    "name:asc": "name:asc",
    "name:desc": "name:desc",
  };
  const order = Object.hasOwn(orders, text) ? orders[text] : undefined;
  if (order !== undefined) return order;
  throw new HeadraceError("HR_USAGE", `files are not sorted by ${text}`, {
    hint: "write --sort name or --sort created, with :asc or :desc behind it where you like",
  });
}

/** Read here and not by the option: what reads durations is not to be loaded by every command. */
async function periodOf({ since, until }: LsOptions, cli: Cli): Promise<Pick<RunsQuery, "since" | "until">> {
  if (since === undefined && until === undefined) return {};
  const { moment } = await import("../arguments/amounts.ts");
  const timeOf = (option: string, text: string): string => new Date(moment(option, cli.now)(text)).toISOString();
  return {
    ...(since === undefined ? {} : { since: timeOf("--since", since) }),
    ...(until === undefined ? {} : { until: timeOf("--until", until) }),
  };
}

async function rowsQuery(options: LsOptions, cli: Cli): Promise<Omit<RunsQuery, "limit">> {
  const { before, state, tag, name, columns, sort, where } = options;
  return {
    ...(await periodOf(options, cli)),
    ...(before === undefined ? {} : { below: before }),
    ...(state === undefined ? {} : { states: [state] }),
    ...(tag === undefined ? {} : { tags: [tag] }),
    ...(name === undefined ? {} : { name }),
    ...(columns === undefined
      ? {}
      : { columns: columns.flatMap((each) => each.split(",")).filter((each) => each !== "") }),
    ...(sort === undefined ? {} : { sort }),
    ...(where === undefined ? {} : { where }),
  };
}

function contextOf(options: LsOptions, cli: Cli) {
  return {
    width: cli.out.size().width,
    style: cli.out.style,
    now: cli.now(),
    limit: options.limit,
    isFiltered: isFiltered(options),
    isSorted: options.sort !== undefined,
  };
}

/** Returns true if the list may lack runs that there are. */
function isFiltered({ before, state, tag, name, since, until, where, run, step, node }: LsOptions): boolean {
  return [before, state, tag, name, since, until, where, run, step, node].some((filter) => filter !== undefined);
}
