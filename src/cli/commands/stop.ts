import type { Command } from "commander";
import type { StopView, SubjectView, TaskView } from "../../api/index.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { isRemote, type ProjectAtHand, withProject } from "../project-at-hand.ts";
import { taskNamed } from "../task-named.ts";
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
        const task = await taskNamed(project.api, ref);
        if (task !== undefined) return await stopTask(project, task, cli, options);
        // Before, as `latest` may mean another one afterwards.
        const subject = await project.api.records.get(ref);
        const result = await stop(project, subject);
        await printResult(cli, options, result, async () => {
          const { lookOf } = await import("../terminal/state.ts");
          const { glyph, paint } = lookOf(result.state, cli.out.style);
          const name =
            subject.kind === "run"
              ? `run ${subject.run.number} (${oneLine(subject.run.name)})`
              : `execution ${subject.execution.number} (${oneLine(subject.execution.node)})`;
          return [
            `${paint(glyph)} ${name} ${result.stopped ? "has been stopped" : "had ended already"} (${result.state})`,
          ];
        });
      });
    });
  withExamples(command, [
    ["headrace stop latest", "the newest run with all its steps"],
    ["headrace stop 12.train", "one node of a run"],
  ]);
}

/** Its run goes on, and hears of it at once; nothing waits here for what it stops. */
async function stopTask(
  { api }: ProjectAtHand,
  { run, node }: TaskView,
  cli: Cli,
  options: GlobalOptions,
): Promise<void> {
  const { accepted, state } = await api.tasks.stop(String(run), node);
  await printResult(cli, options, { stopped: accepted, state }, () => [
    accepted
      ? `Task ${oneLine(node)} of run ${run} is being stopped; \`headrace attach ${run}\` follows it.`
      : `Task ${oneLine(node)} of run ${run} had ended already (${state}).`,
  ]);
}

/** The wish is recorded first; a run here that nobody drives is then stopped by this process. */
async function stop(project: ProjectAtHand, subject: SubjectView): Promise<StopView> {
  const { api } = project;
  const [service, number] =
    subject.kind === "run" ? [api.runs, subject.run.number] : [api.executions, subject.execution.number];
  const { accepted, state } = await service.stop(String(number));
  if (!accepted) return { stopped: false, state };
  if (!isRemote(project)) return await project.driving.finishStop(String(number));
  const { awaitStop } = await import("../remote/await-stop.ts");
  return await awaitStop(api, subject);
}
