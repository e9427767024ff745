import type { Command } from "commander";
import type { NodesQuery, NodeView, ProjectApi } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { choiceOption, NODE_STATES } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { everyItem } from "../every-page.ts";
import { withExamples } from "../examples.ts";
import { withProject } from "../project-at-hand.ts";
import { taskNamed } from "../task-named.ts";
import { LATEST, REF_OR_LATEST_HELP } from "./ref-help.ts";

interface InfoOptions extends GlobalOptions {
  readonly state?: (typeof NODE_STATES)[number];
  readonly all?: boolean;
}

export function addInfo(program: Command, cli: Cli): void {
  const command = program
    .command("info")
    .alias("show")
    .description("everything recorded of a run, an execution or a file")
    .argument("[number]", `a file (12.train/model.pkl), or ${REF_OR_LATEST_HELP}`, LATEST)
    .addOption(choiceOption("--state <state>", "of a run: only nodes in this state", NODE_STATES))
    .option("-a, --all", "on a terminal, list all nodes, however many they are")
    .action(async (ref: string, _options, self: Command) => {
      const options = self.optsWithGlobals<InfoOptions>();
      await withProject(cli, options, async ({ api }) => {
        const { isStoredFileName } = await import("../../services/index.ts");
        if (isStoredFileName(ref)) return await showFiles(api, ref, cli, options);
        if (!(await showTask(api, ref, cli, options))) await showSubject(api, ref, cli, options);
      });
    });
  withExamples(command, [
    ["headrace info", "the newest run with its nodes"],
    ["headrace info 12", "a run with its nodes, or an execution"],
    ["headrace info latest.train", "node train of the newest run"],
    ["headrace info latest.tune", "a task: its trials, the best first"],
    ["headrace info 12 --state error", "the nodes of a run that failed"],
    ["headrace info 12.train/model.pkl", "a file that a node made"],
    ["headrace info 12 --json", "the same as JSON"],
  ]);
}

/** `12.tune`, where that node is a task. */
async function showTask(api: ProjectApi, ref: string, cli: Cli, options: InfoOptions): Promise<boolean> {
  const task = await taskNamed(api, ref);
  if (task === undefined) return false;
  if (options.state !== undefined) throw noNodes(`${task.run}.${task.node} is a task`);
  const context = {
    width: cli.out.size().width,
    style: cli.out.style,
    isCut: cli.out.isTerminal && options.all !== true,
  };
  await printResult(cli, options, { kind: "task", task }, async () =>
    (await import("../render/task.ts")).renderTask(task, context),
  );
  return true;
}

async function showSubject(api: ProjectApi, ref: string, cli: Cli, options: InfoOptions): Promise<void> {
  const subject = await api.records.get(ref);
  const context = { width: cli.out.size().width, style: cli.out.style, now: cli.now() };
  if (subject.kind === "execution") {
    if (options.state !== undefined) throw noNodes(`${subject.execution.number} is an execution`);
    return await printResult(cli, options, subject, async () =>
      (await import("../render/execution.ts")).renderExecution(subject.execution, {
        ...context,
        machineUse: subject.machineUse,
        checks: subject.checks,
      }),
    );
  }
  const isCut = cli.out.isTerminal && options.json !== true && options.all !== true;
  const { nodes, isWhole } = await nodesOf(api, String(subject.run.number), options.state, isCut);
  const { runWithNodes } = await import("../../views/index.ts");
  const run = runWithNodes(subject.run, nodes);
  await printResult(cli, options, { kind: "run", run }, async () =>
    (await import("../render/run-detail.ts")).renderRunDetail(run, { ...context, isWhole, folds: isCut }),
  );
}

/** More than anybody reads on a terminal. */
const NODES_SHOWN = 300;
const NODES_AT_ONCE = 1_000;

interface ShownNodes {
  readonly nodes: readonly NodeView[];
  readonly isWhole: boolean;
}

/** If a run has very many nodes, returns those that failed or run now, and then the first of the others. */
async function nodesOf(api: ProjectApi, run: string, state: InfoOptions["state"], isCut: boolean): Promise<ShownNodes> {
  const filter: Pick<NodesQuery, "states"> = state === undefined ? {} : { states: [state] };
  if (!isCut) {
    const all = everyItem((page) => api.nodes.list(run, { ...filter, ...page }), { atOnce: NODES_AT_ONCE });
    return { nodes: await Array.fromAsync(all), isWhole: true };
  }
  const first = await api.nodes.list(run, { ...filter, limit: NODES_SHOWN });
  if (first.next === null || state !== undefined) return { nodes: first.items, isWhole: first.next === null };
  const telling = await api.nodes.list(run, { states: ["error", "active"], limit: NODES_SHOWN });
  const names = new Set(telling.items.map(({ name }) => name));
  const others = first.items.filter(({ name }) => !names.has(name));
  return { nodes: [...telling.items, ...others].slice(0, NODES_SHOWN), isWhole: false };
}

function noNodes(what: string): HeadraceError {
  return new HeadraceError("HR_USAGE", `${what}, which has no nodes`, {
    hint: "leave --state out, or name a run",
  });
}

async function showFiles(api: ProjectApi, name: string, cli: Cli, options: GlobalOptions): Promise<void> {
  const files = await api.data.find(name);
  await printResult(cli, options, { kind: "files", files }, async () => {
    const { renderFiles } = await import("../render/outputs.ts");
    return renderFiles(files, { width: cli.out.size().width, style: cli.out.style, now: cli.now() });
  });
}
