import type { Command } from "commander";
import type { DatumView, FileDetailView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { collect, oneOf, wholeNumber } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult, workingFolder } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { isRemote, withProject } from "../project-at-hand.ts";
import { oneLine } from "../terminal/width.ts";
import { FILE_HELP } from "./files.ts";

const ACTIONS = ["ls", "info", "upload", "rm", "purge"] as const;
type DataAction = (typeof ACTIONS)[number];

interface DataOptions extends GlobalOptions {
  readonly name?: string;
  readonly tag?: readonly string[];
  readonly property?: readonly string[];
  readonly limit?: number;
}

/** So many files are listed unless another number is asked for. */
const LISTED = 50;

export function addData(program: Command, cli: Cli): void {
  const command = program
    .command("data")
    .description("list stored files, see what keeps them, store others, remove or purge them")
    .argument("<action>", ACTIONS.join(", "), oneOf("action", ACTIONS))
    .argument("[files...]", `for upload: files and folders of this machine; for info, rm and purge: ${FILE_HELP}`)
    .option("--name <name>", "with upload: what one file is called; with ls: only files of this name, or `begin*`")
    .option("--tag <tag>", "with upload: a tag of the files (repeatable)", collect)
    .option("--property <name=value>", "with upload: a property of the files (repeatable)", collect)
    .option("--limit <n>", `with ls: so many files (${LISTED} unless given)`, wholeNumber("--limit", 1))
    .action(async (action: DataAction, files: readonly string[], _options, self: Command) => {
      const options = self.optsWithGlobals<DataOptions>();
      requireOptions(action, files, options);
      await WORK[action](cli, options, files);
    });
  withExamples(command, [
    ["headrace data ls --name 'model*'", "stored files, the newest first"],
    ["headrace data info 12.train/model.pkl", "one of them: its properties, its aliases, versions that have it"],
    ["headrace data upload flights.csv", "a file, which `--input flights=datum://ID` then names"],
    ["headrace data upload raw/ --tag march", "a folder with all that is in it"],
    ["headrace data rm 12.train/model.pkl", "its bytes go, unless something needs it"],
    ["headrace data purge 12.train/model.pkl", "its bytes go in any case; its record stays"],
  ]);
}

const WORK: Readonly<Record<DataAction, (cli: Cli, options: DataOptions, files: readonly string[]) => Promise<void>>> =
  {
    ls: list,
    info,
    upload,
    rm: (cli, options, files) => purge(cli, options, files, true),
    purge: (cli, options, files) => purge(cli, options, files, false),
  };

function requireOptions(
  action: DataAction,
  files: readonly string[],
  { name, tag, property, limit }: DataOptions,
): void {
  const refuse = (what: string, hint: string): HeadraceError => new HeadraceError("HR_USAGE", what, { hint });
  if ((action === "ls") !== (files.length === 0))
    throw refuse(
      `\`data ${action}\` takes ${action === "ls" ? "no" : ""} files`.replace("  ", " "),
      "see headrace data --help",
    );
  if ((tag !== undefined || property !== undefined) && action !== "upload")
    throw refuse("--tag and --property go with upload", "leave them out");
  if (name !== undefined && action !== "upload" && action !== "ls")
    throw refuse("--name goes with upload and ls", "leave --name out");
  if (limit !== undefined && action !== "ls") throw refuse("--limit goes with ls", "leave --limit out");
}

async function list(cli: Cli, options: DataOptions): Promise<void> {
  const { name, limit = LISTED } = options;
  await withProject(cli, options, async ({ api }) => {
    const { items } = await api.data.list({ limit, ...(name !== undefined && { name }) });
    await printResult(cli, options, items, async () => {
      const { renderFileList } = await import("../render/outputs.ts");
      return renderFileList(items, { width: cli.out.size().width, style: cli.out.style, now: cli.now() });
    });
  });
}

async function info(cli: Cli, options: DataOptions, names: readonly string[]): Promise<void> {
  await withProject(cli, options, async ({ api }) => {
    const found: FileDetailView[] = [];
    for (const name of names)
      for (const file of await api.data.find(name)) found.push({ ...file, holders: await api.data.holders(file.id) });
    await printResult(cli, options, found, async () => {
      const { renderFileDetail } = await import("../render/outputs.ts");
      return found.flatMap((file) => renderFileDetail(file, cli.out.style));
    });
  });
}

async function upload(cli: Cli, options: DataOptions, files: readonly string[]): Promise<void> {
  const { name } = options;
  if (name !== undefined && files.length > 1)
    throw new HeadraceError("HR_USAGE", "--name goes with one file", { hint: "name one file, or leave --name out" });
  const properties = propertiesOf(options);
  await withProject(cli, options, async (project) => {
    const { uploadLocalFiles } = await import("../../services/on-demand.ts");
    const stored: DatumView[] = [];
    const wanted = {
      ...{ cwd: workingFolder(cli, options), properties, byParts: isRemote(project) },
      ...(name !== undefined && { name }),
    };
    for await (const datum of uploadLocalFiles(project.api.data, files, wanted)) stored.push(datum);
    await printResult(cli, options, stored, async () => {
      const { renderUploaded } = await import("../render/outputs.ts");
      return renderUploaded(stored, { width: cli.out.size().width, style: cli.out.style });
    });
  });
}

async function purge(cli: Cli, options: DataOptions, names: readonly string[], unlessNeeded: boolean): Promise<void> {
  await withProject(cli, options, async ({ api }) => {
    const ids = new Set<string>();
    for (const name of names) for (const { id } of await api.data.find(name)) ids.add(id);
    const purged = await api.data.purge([...ids], unlessNeeded ? { unlessNeeded } : {});
    await printResult(cli, options, purged, () => [
      ...purged.map(({ name, uri }) => `${oneLine(name)}  ${uri}`),
      `${cli.out.style.green("✓")} purged: nothing has these bytes for their sake any more; their records stay`,
    ]);
  });
}

function propertiesOf({ tag = [], property = [] }: DataOptions): Readonly<Record<string, unknown>> {
  const given = property.map((text) => {
    const equals = text.indexOf("=");
    if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)] as const;
    throw new HeadraceError("HR_USAGE", `“${text}” gives no property a value`, { hint: "write --property NAME=VALUE" });
  });
  return { ...Object.fromEntries(given), ...(tag.length > 0 && { "valohai.tags": tag }) };
}
