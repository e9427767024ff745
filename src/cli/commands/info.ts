import type { Command } from "commander";
import type { Project } from "../../app/index.ts";
import { type Cli, type GlobalOptions, printResult, withProject } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { LATEST, REF_OR_LATEST_HELP } from "./ref-help.ts";

export function addInfo(program: Command, cli: Cli): void {
  const command = program
    .command("info")
    .alias("show")
    .description("everything recorded of a run, an execution or a file")
    .argument("[number]", `a file (12.train/model.pkl), or ${REF_OR_LATEST_HELP}`, LATEST)
    .action(async (ref: string, _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      await withProject(cli, options, async (project) => {
        const { isStoredFileName } = await import("../../app/index.ts");
        if (isStoredFileName(ref)) return await showFiles(project, ref, cli, options);
        const subject = await project.info(ref);
        await printResult(cli, options, subject, async () => {
          const context = { width: cli.out.size().width, style: cli.out.style, now: cli.now() };
          if (subject.kind === "run") return (await import("../render/run-detail.ts")).renderRunDetail(subject.run, context);
          return (await import("../render/execution.ts")).renderExecution(subject.execution, context);
        });
      });
    });
  withExamples(command, [
    ["headrace info", "the newest run with its nodes"],
    ["headrace info 12", "a run with its nodes, or an execution"],
    ["headrace info latest.train", "node train of the newest run"],
    ["headrace info 12.train/model.pkl", "a file that a node made"],
    ["headrace info 12 --json", "the same as JSON"],
  ]);
}

async function showFiles(project: Project, name: string, cli: Cli, options: GlobalOptions): Promise<void> {
  const files = await project.findFiles(name);
  await printResult(cli, options, { kind: "files", files }, async () => {
    const { renderFiles } = await import("../render/outputs.ts");
    return renderFiles(files, { width: cli.out.size().width, style: cli.out.style, now: cli.now() });
  });
}
