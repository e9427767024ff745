import type { Command } from "commander";
import type { DatasetVersionView, NewVersion, ProjectApi, VersionFileView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { collect, oneOf, wholeNumber } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult, workingFolder } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { isRemote, type ProjectAtHand, withProject } from "../project-at-hand.ts";
import { everyItem } from "./alias.ts";

const ACTIONS = ["ls", "info", "files", "create", "diff", "rm"] as const;
type DatasetAction = (typeof ACTIONS)[number];

interface DatasetOptions extends GlobalOptions {
  readonly version?: string;
  readonly from?: string;
  readonly exclude?: readonly string[];
  readonly alias?: readonly string[];
  readonly note?: string;
  readonly limit?: number;
}

/** So many lines of files are shown unless another number is asked for. */
const SHOWN = 300;

export function addDataset(program: Command, cli: Cli): void {
  const command = program
    .command("dataset")
    .description("keep sets of stored files as versions: list, make, compare, delete them")
    .argument("<action>", ACTIONS.join(", "), oneOf("action", ACTIONS))
    .argument("[names...]", "a dataset, or NAME/VERSION; for create also files of this machine, and stored ones")
    .option("--version-name <name>", "with create: the name of the version; else `v` and its number")
    .option("--from <version>", "with create: it has the files of that version as well (v1, latest, NAME/VERSION)")
    .option("--exclude <file>", "with create: a file of --from that it leaves out (repeatable)", collect)
    .option("--alias <name>", "with create: an alias that stands for it from then on (repeatable)", collect)
    .option("--note <text>", "with create: what it is")
    .option("--limit <n>", `with files and diff: so many lines (${SHOWN} unless given)`, wholeNumber("--limit", 1))
    .action(async (action: DatasetAction, names: readonly string[], _options, self: Command) => {
      const { versionName, ...rest } = self.optsWithGlobals<DatasetOptions & { readonly versionName?: string }>();
      const options = { ...rest, ...(versionName !== undefined && { version: versionName }) };
      requireOptions(action, options);
      await withProject(cli, options, async (project) => await WORK[action](cli, project, names, options));
    });
  withExamples(command, [
    ["headrace dataset create flights raw/*.csv", "a version of files of this machine: `dataset://flights/latest`"],
    ["headrace dataset create flights may.csv --from latest --exclude jan.csv", "another one, plus and minus files"],
    ["headrace dataset create best 12.train/model.pkl --alias champion", "of stored files"],
    ["headrace dataset info flights", "its versions, with their aliases"],
    ["headrace dataset diff flights/v1 flights/v2", "which files differ"],
  ]);
}

type Work = (cli: Cli, project: ProjectAtHand, names: readonly string[], options: DatasetOptions) => Promise<void>;

const WORK: Readonly<Record<DatasetAction, Work>> = {
  ls: async (cli, { api }, names, options) => {
    requireCount("ls", names, 0, "");
    const all = await Array.fromAsync(everyItem((page) => api.datasets.list(page)));
    await printResult(cli, options, all, async () =>
      (await import("../render/catalog.ts")).renderDatasets(all, { ...screen(cli), now: cli.now() }),
    );
  },
  info: async (cli, { api }, names, options) => {
    requireCount("info", names, 1, "NAME, or NAME/VERSION");
    const [dataset, version] = partsOf(names[0] ?? "");
    const all =
      version === undefined
        ? await Array.fromAsync(everyItem((page) => api.datasets.versions(dataset, page)))
        : [await api.datasets.version(dataset, version)];
    await printVersions(cli, options, all);
  },
  files: async (cli, { api }, names, options) => {
    requireCount("files", names, 1, "NAME/VERSION");
    const [dataset, version = "latest"] = partsOf(names[0] ?? "");
    const limit = options.limit ?? (options.json === true ? Number.POSITIVE_INFINITY : SHOWN);
    const { files: total } = await api.datasets.version(dataset, version);
    const files: VersionFileView[] = [];
    for await (const file of everyItem((page) => api.datasets.files(dataset, version, page))) {
      if (files.length >= limit) break;
      files.push(file);
    }
    await printResult(cli, options, files, async () =>
      (await import("../render/catalog.ts")).renderVersionFiles(files, { ...screen(cli), total }),
    );
  },
  create,
  diff: async (cli, { api }, names, options) => {
    requireCount("diff", names, 2, "NAME/VERSION NAME/VERSION");
    const [since = "", to = ""] = names;
    const [dataset, version = "latest"] = partsOf(to);
    // A version alone is one of the dataset that the other names.
    const diff = await api.datasets.compare(dataset, version, { since, limit: options.limit ?? SHOWN });
    await printResult(cli, options, diff, async () =>
      (await import("../render/catalog.ts")).renderVersionDiff(diff, screen(cli)),
    );
  },
  rm: async (cli, { api }, names, options) => {
    if (names.length === 0) requireCount("rm", names, 1, "NAME/VERSION");
    const removed: DatasetVersionView[] = [];
    for (const name of names) {
      const [dataset, version] = partsOf(name);
      if (version === undefined)
        throw new HeadraceError("HR_USAGE", `${JSON.stringify(name)} names no version`, {
          hint: "write headrace dataset rm NAME/VERSION",
        });
      removed.push(await api.datasets.version(dataset, version));
      await api.datasets.remove(dataset, version);
    }
    await printResult(cli, options, removed, () =>
      removed.map(
        ({ uri }) => `${cli.out.style.green("✓")} ${uri} was deleted; its files stay until nothing needs them`,
      ),
    );
  },
};

async function create(
  cli: Cli,
  project: ProjectAtHand,
  [dataset, ...files]: readonly string[],
  options: DatasetOptions,
): Promise<void> {
  const { version, from, exclude, alias, note } = options;
  if (dataset === undefined || (files.length === 0 && from === undefined))
    throw new HeadraceError("HR_USAGE", "`dataset create` takes a name and files, or a name and --from", {
      hint: "write headrace dataset create NAME FILES",
    });
  const made = await project.api.datasets.create(dataset, {
    files: await storedFiles(cli, project, files, options),
    ...(version !== undefined && { version }),
    ...(from !== undefined && { from }),
    ...(exclude !== undefined && { exclude: [...exclude] }),
    ...(alias !== undefined && { aliases: [...alias] }),
    ...(note !== undefined && { note }),
  });
  await printVersions(cli, options, [made]);
}

/** Stored files by their names; files of this machine are stored first. */
async function storedFiles(
  cli: Cli,
  project: ProjectAtHand,
  names: readonly string[],
  options: GlobalOptions,
): Promise<NewVersion["files"]> {
  const { isStoredFileName } = await import("../../services/index.ts");
  const { uploadLocalFiles } = await import("../../services/on-demand.ts");
  const { existsSync } = await import("node:fs");
  const { resolve } = await import("node:path");
  const cwd = workingFolder(cli, options);
  const isStored = (name: string): boolean => isStoredFileName(name) && !existsSync(resolve(cwd, name));
  const files: NewVersion["files"][number][] = [];
  const { api } = project satisfies { readonly api: ProjectApi };
  for (const name of names.filter(isStored)) for (const { id } of await api.data.find(name)) files.push({ file: id });
  const local = names.filter((name) => !isStored(name));
  const wanted = { cwd, properties: {}, byParts: isRemote(project) };
  for await (const { id } of uploadLocalFiles(api.data, local, wanted)) files.push({ file: id });
  return files;
}

async function printVersions(cli: Cli, options: GlobalOptions, versions: readonly DatasetVersionView[]): Promise<void> {
  await printResult(cli, options, versions, async () =>
    (await import("../render/catalog.ts")).renderVersions(versions, { ...screen(cli), now: cli.now() }),
  );
}

function partsOf(text: string): readonly [dataset: string, version?: string] {
  const [dataset = "", ...rest] = text.replace(/^dataset:\/\//, "").split("/");
  return rest.length === 0 ? [dataset] : [dataset, rest.join("/")];
}

function screen(cli: Cli) {
  return { width: cli.out.size().width, style: cli.out.style };
}

function requireCount(action: DatasetAction, names: readonly string[], count: number, form: string): void {
  if (names.length === count) return;
  throw new HeadraceError("HR_USAGE", `\`dataset ${action}\` takes ${count === 0 ? "no names" : form}`, {
    hint: `write headrace dataset ${action}${form === "" ? "" : ` ${form}`}`,
  });
}

function requireOptions(action: DatasetAction, options: DatasetOptions): void {
  const { version, from, exclude, alias, note, limit } = options;
  const ofCreate = [version, from, exclude, alias, note].some((option) => option !== undefined);
  if (ofCreate && action !== "create")
    throw new HeadraceError("HR_USAGE", "--version-name, --from, --exclude, --alias and --note go with create", {
      hint: `leave them out of headrace dataset ${action}`,
    });
  if (limit !== undefined && action !== "files" && action !== "diff")
    throw new HeadraceError("HR_USAGE", "--limit goes with files and diff", { hint: "leave --limit out" });
}
