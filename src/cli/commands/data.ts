import type { Command } from "commander";
import type { DatumView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { collect, oneOf } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult, workingFolder } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { isRemote, withProject } from "../project-at-hand.ts";
import { oneLine } from "../terminal/width.ts";
import { FILE_HELP } from "./files.ts";

interface DataOptions extends GlobalOptions {
  readonly name?: string;
  readonly tag?: readonly string[];
  readonly property?: readonly string[];
}

export function addData(program: Command, cli: Cli): void {
  const command = program
    .command("data")
    .description("store files in the project, or purge stored ones")
    .argument("<action>", "upload, purge", oneOf("action", ["upload", "purge"]))
    .argument("<files...>", `for upload: files and folders of this machine; for purge: ${FILE_HELP}`)
    .option("--name <name>", "with upload: what one file is called, in place of its own name")
    .option("--tag <tag>", "with upload: a tag of the files (repeatable)", collect)
    .option("--property <name=value>", "with upload: a property of the files (repeatable)", collect)
    .action(async (action: "upload" | "purge", files: readonly string[], _options, self: Command) => {
      const options = self.optsWithGlobals<DataOptions>();
      await (action === "upload" ? upload(cli, options, files) : purge(cli, options, files));
    });
  withExamples(command, [
    ["headrace data upload flights.csv", "a file, which `--input flights=datum://ID` then names"],
    ["headrace data upload raw/ --tag march", "a folder with all that is in it"],
    ["headrace data purge 12.train/model.pkl", "its bytes go; its record stays"],
  ]);
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

async function purge(cli: Cli, options: DataOptions, names: readonly string[]): Promise<void> {
  if (options.name !== undefined || options.tag !== undefined || options.property !== undefined)
    throw new HeadraceError("HR_USAGE", "--name, --tag and --property go with upload", {
      hint: "write headrace data purge FILES",
    });
  await withProject(cli, options, async ({ api }) => {
    const ids = new Set<string>();
    for (const name of names) for (const { id } of await api.data.find(name)) ids.add(id);
    const purged = await api.data.purge([...ids]);
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
