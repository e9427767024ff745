import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { HeadraceError } from "../../errors.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withFolder } from "../project-at-hand.ts";
import { LATEST, REF_OR_LATEST_HELP } from "./ref-help.ts";

export function addCheckout(program: Command, cli: Cli): void {
  const command = program
    .command("checkout")
    .description("write the code that a run used into a new folder")
    .argument("[number]", REF_OR_LATEST_HELP)
    .argument("[dir]", "a new or empty folder")
    .action(async (first: string | undefined, second: string | undefined, _options, self: Command) => {
      const { ref, folder } = namedOnly(first, second);
      const options = self.optsWithGlobals<GlobalOptions>();
      await withFolder(cli, options, async (project) => {
        const snapshot = await project.checkout(ref, resolve(cli.cwd, folder));
        await printResult(cli, options, snapshot, async () => {
          const { formatSize, plural, shortCommit } = await import("../../views/index.ts");
          const { green, dim } = cli.out.style;
          const where = relative(cli.cwd, snapshot.folder) || ".";
          const size = dim(`(${plural(snapshot.fileCount, "file")}, ${formatSize(snapshot.sizeBytes)})`);
          return [`${green("✓")} code ${shortCommit(snapshot.commit)} written to ${where} ${size}`];
        });
      });
    });
  withExamples(command, [
    ["headrace checkout 12 /tmp/run-12", "the code of run 12"],
    ["headrace checkout code", "the code of the newest run"],
    ["headrace checkout latest.train code", "the code of a node"],
  ]);
}

/** With one argument alone, that is the folder, unless it can only be a number. */
function namedOnly(
  first: string | undefined,
  second: string | undefined,
): { readonly ref: string; readonly folder: string } {
  if (first !== undefined && second !== undefined) return { ref: first, folder: second };
  if (first !== undefined && !/^(?:[#=]?\d+|latest)(?:\.|$)/.test(first)) return { ref: LATEST, folder: first };
  throw new HeadraceError("HR_USAGE", "checkout needs a folder to write to", {
    hint: `write \`headrace checkout ${first ?? LATEST} DIR\`, with a new or empty folder`,
  });
}
