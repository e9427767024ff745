import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { HeadraceError } from "../../errors.ts";
import { type Cli, type GlobalOptions, printResult, workingFolder } from "../cli.ts";
import { everyItem } from "../every-page.ts";
import { withExamples } from "../examples.ts";
import { isRemote, type ProjectAtHand, withProject } from "../project-at-hand.ts";
import { projectRoot } from "../remote/remote-of.ts";
import { LATEST, REF_OR_LATEST_HELP } from "./ref-help.ts";

const FILES_AT_ONCE = 1_000;

interface OutputsOptions extends GlobalOptions {
  readonly download?: string;
  readonly overwrite?: boolean;
  readonly all?: boolean;
  readonly name?: string;
}

export function addOutputs(program: Command, cli: Cli): void {
  const command = program
    .command("outputs")
    .description("the files that a run or an execution made")
    .argument("[number]", REF_OR_LATEST_HELP, LATEST)
    .option("-d, --download <dir>", "write the files below this folder")
    .option("-a, --all", "on a terminal, list all of them, however many they are")
    .option("--name <output>", "only the files of this output of the pipeline")
    .option("--overwrite", "replace files that exist there")
    .action(async (ref: string, _options, self: Command) => {
      const options = self.optsWithGlobals<OutputsOptions>();
      if (options.overwrite === true && options.download === undefined) {
        throw new HeadraceError("HR_USAGE", "--overwrite goes with --download", {
          hint: "write --download DIR --overwrite",
        });
      }
      const named = options.name === undefined ? {} : { name: options.name };
      await withProject(cli, options, async (project) => {
        const outputs = await Array.fromAsync(
          everyItem((page) => project.api.data.outputs(ref, { ...page, ...named }), { atOnce: FILES_AT_ONCE }),
        );
        const { download } = options;
        const folder = download === undefined ? undefined : resolve(cli.cwd, download);
        const written =
          folder === undefined
            ? undefined
            : await downloadAll(project, ref, folder, {
                ...named,
                overwrite: options.overwrite === true,
                cli,
                options,
              });
        const value = written === undefined ? outputs : { folder, files: written };
        await printResult(cli, options, value, async () => {
          const { OUTPUTS_SHOWN, renderDownload, renderOutputs } = await import("../render/outputs.ts");
          const context = { width: cli.out.size().width, style: cli.out.style };
          if (written === undefined || folder === undefined) {
            const isCut = cli.out.isTerminal && options.all !== true;
            return renderOutputs(outputs, { ...context, ...(isCut ? { limit: OUTPUTS_SHOWN } : {}) });
          }
          return renderDownload(
            written.map((path) => relative(cli.cwd, path)),
            relative(cli.cwd, folder) || ".",
            context,
          );
        });
      });
    });
  withExamples(command, [
    ["headrace outputs 12", "list the files"],
    ["headrace outputs latest.train --download model", "fetch those of one node"],
    ["headrace outputs 12 --name model --download .", "fetch an output that the pipeline names"],
    ["headrace outputs 12 --download out --overwrite", "replace files that are there"],
  ]);
}

async function downloadAll(
  project: ProjectAtHand,
  ref: string,
  folder: string,
  {
    cli,
    options,
    ...wanted
  }: { readonly overwrite: boolean; readonly name?: string; readonly cli: Cli; readonly options: GlobalOptions },
): Promise<readonly string[]> {
  if (!isRemote(project)) return await project.downloadOutputs(ref, folder, wanted);
  const { downloadRemote } = await import("../remote/download-remote.ts");
  const root = (await projectRoot(cli, options)) ?? workingFolder(cli, options);
  return await downloadRemote(project.api, ref, folder, { ...wanted, projectRoot: root });
}
