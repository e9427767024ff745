import type { Command } from "commander";
import type { DatumView, ProjectApi } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withProject } from "../project-at-hand.ts";

/** The ways to name a stored file on the command line. */
export const FILE_HELP = "stored files: 12.train/model.pkl, latest/*.png, datum://ID";

export function addCat(program: Command, cli: Cli): void {
  const command = program
    .command("cat")
    .description("print stored files as they are")
    .argument("<files...>", FILE_HELP)
    .action(async (names: readonly string[], _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      if (options.json === true) {
        throw new HeadraceError("HR_USAGE", "cat prints the bytes of files, which are no JSON", {
          hint: "`headrace outputs N --json` describes the files",
        });
      }
      await withProject(cli, options, async ({ api }) => {
        for (const file of await filesNamed(api, names)) await printFile(cli, api, file);
      });
    });
  withExamples(command, [
    ["headrace cat latest/metrics.json", "a file that the newest run made"],
    ["headrace cat 12.train/model.pkl > model.pkl", "any bytes, byte for byte"],
    ["headrace cat 12/*.csv", "several, one after another"],
  ]);
}

export function addOpen(program: Command, cli: Cli): void {
  const command = program
    .command("open")
    .description("show stored files in the programs that open them")
    .argument("<files...>", FILE_HELP)
    .action(async (names: readonly string[], _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      await withProject(cli, options, async ({ api }) => {
        const { openFiles } = await import("../open-files.ts");
        const opened = await openFiles(api, await filesNamed(api, names), cli.env);
        await printResult(cli, options, opened, () =>
          opened.files.map(({ path }) =>
            opened.program === null ? `${path}  (no program to open files was found)` : path,
          ),
        );
      });
    });
  withExamples(command, [
    ["headrace open latest/roc.png", "in the image viewer"],
    ["headrace open 12.report/report.html", "in the browser"],
  ]);
}

async function filesNamed(api: ProjectApi, names: readonly string[]): Promise<readonly DatumView[]> {
  const files: DatumView[] = [];
  for (const name of names) files.push(...(await api.data.find(name)));
  return files;
}

/** Bytes that are no text would leave a terminal in disorder, and show nothing. */
async function printFile(cli: Cli, api: ProjectApi, file: DatumView): Promise<void> {
  if (!cli.out.isTerminal) {
    for await (const piece of api.data.content(file.id)) await cli.out.flush(piece);
    return;
  }
  const decoder = new TextDecoder();
  let unfinished = "";
  for await (const piece of api.data.content(file.id)) {
    if (piece.includes(0)) {
      throw new HeadraceError("HR_USAGE", `${file.name} is no text`, {
        hint: `write it to a file: headrace cat ${file.execution ?? "N"}/${file.name} > FILE; \`headrace open\` shows it`,
      });
    }
    const text = unfinished + decoder.decode(piece, { stream: true });
    const end = text.lastIndexOf("\n");
    if (end !== -1) cli.out.lines([text.slice(0, end)]);
    unfinished = text.slice(end + 1);
  }
  if (unfinished !== "") cli.out.lines([unfinished]);
}
