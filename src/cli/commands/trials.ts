import type { Command } from "commander";
import { HeadraceError } from "../../errors.ts";
import { wholeNumber } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { type ProjectAtHand, withProject } from "../project-at-hand.ts";
import { taskNamed } from "../task-named.ts";

interface TrialsOptions extends GlobalOptions {
  readonly add?: number;
  readonly prune?: boolean;
}

export function addTrials(program: Command, cli: Cli): void {
  const command = program
    .command("trials")
    .description("add trials to a task that runs, or stop one that does badly")
    .argument("<number>", "with --add a task (12.tune, latest.tune), with --prune the number of an execution of one")
    .option("--add <count>", "how many more executions the task may have", wholeNumber("--add", 1))
    .option("--prune", "stop the execution; the search takes it for one that does worse than others")
    .action(async (ref: string, _options, self: Command) => {
      const options = self.optsWithGlobals<TrialsOptions>();
      if ((options.add === undefined) === (options.prune !== true)) {
        throw new HeadraceError("HR_USAGE", "what is to become of the trials?", {
          hint: "add one of --add COUNT and --prune; `headrace info RUN.TASK` shows them",
        });
      }
      await withProject(cli, options, async (project) => {
        if (options.add === undefined) await prune(project, ref, cli, options);
        else await add(project, ref, options.add, cli, options);
      });
    });
  withExamples(command, [
    ["headrace trials latest.tune --add 10", "ten more executions than were planned"],
    ["headrace trials 17 --prune", "stop execution 17 of a task"],
  ]);
}

async function add(
  { api }: ProjectAtHand,
  ref: string,
  count: number,
  cli: Cli,
  options: GlobalOptions,
): Promise<void> {
  const task = await taskNamed(api, ref);
  if (task === undefined) {
    throw new HeadraceError("HR_USAGE", `${ref} names no task`, {
      hint: "name it by its run and node, such as 12.tune or latest.tune",
    });
  }
  const changed = await api.tasks.addTrials(String(task.run), task.node, { count });
  await printResult(cli, options, changed, () => [
    `Task ${changed.node} of run ${changed.run} may have ${changed.planned ?? "more"} trials now.`,
  ]);
}

async function prune({ api }: ProjectAtHand, ref: string, cli: Cli, options: GlobalOptions): Promise<void> {
  const wish = await api.tasks.prune(ref);
  await printResult(cli, options, { stopped: wish.accepted, state: wish.state }, () => [
    wish.accepted ? `Execution ${ref} is being pruned.` : `Execution ${ref} had ended already (${wish.state}).`,
  ]);
}
