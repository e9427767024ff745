import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult, withProject } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { formatSize, plural, shortCommit } from "../terminal/format.ts";
import { REF_HELP } from "./ref-help.ts";

export function addCheckout(program: Command, cli: Cli): void {
  const command = program
    .command("checkout")
    .description("write the code that a run used into a new folder")
    .argument("<number>", REF_HELP)
    .argument("<dir>", "a new or empty folder")
    .action(async (ref: string, folder: string, _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      await withProject(cli, options, async (project) => {
        const snapshot = await project.checkout(ref, resolve(cli.cwd, folder));
        await printResult(cli, options, snapshot, () => {
          const { green, dim } = cli.out.style;
          const where = relative(cli.cwd, snapshot.folder) || ".";
          const size = dim(`(${plural(snapshot.fileCount, "file")}, ${formatSize(snapshot.sizeBytes)})`);
          return [`${green("✓")} code ${shortCommit(snapshot.commit)} written to ${where} ${size}`];
        });
      });
    });
  withExamples(command, [
    ["headrace checkout 12 /tmp/run-12", "the code of run 12"],
    ["headrace checkout latest.train code", "the code of a node"],
  ]);
}
