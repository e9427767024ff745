import { compileGlob, hasGlob } from "../../config/index.ts";
import { readWishes, type WantedModel, type WantedVersion } from "./sidecar.ts";

/** An output as the file declares it. */
export interface DeclaredTarget {
  /** Name or pattern of the files. */
  readonly name: string;
  /** The dataset of which they make a new version. */
  readonly dataset?: string;
  /** The model of which they make a new version. */
  readonly model?: string;
}

/** A stored output of an execution. */
export interface TargetedOutput {
  readonly id: string;
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A version that is made of outputs. */
export interface OutputVersion {
  readonly dataset: string;
  readonly name?: string;
  readonly from?: { readonly name: string; readonly version: string };
  readonly exclude: readonly string[];
  readonly aliases: readonly string[];
  readonly files: readonly { readonly name: string; readonly datumId: string }[];
}

/** A version of a model that is made of outputs. */
export interface OutputModel {
  readonly model: string;
  readonly tags: readonly string[];
  readonly note: string;
  readonly files: readonly { readonly name: string; readonly datumId: string }[];
}

/** The aliases and versions that outputs get, besides being files of their execution. */
export interface OutputTargets {
  readonly aliases: readonly { readonly name: string; readonly datumId: string }[];
  /** A version stands behind those that it is made from. */
  readonly datasetVersions: readonly OutputVersion[];
  readonly modelVersions: readonly OutputModel[];
}

/**
 * Gathers the wishes of the file and of the sidecars for the outputs of an execution, by the order in which they were
 * made: of several files of one name the last counts. Faults are answered in words; they keep nothing else from being
 * done.
 */
export function outputTargets(
  declared: readonly DeclaredTarget[],
  outputs: readonly TargetedOutput[],
): { readonly targets: OutputTargets; readonly problems: readonly string[] } {
  const newest = [...new Map(outputs.map((output) => [output.name, output])).values()];
  const problems: string[] = [];
  const aliases = new Map<string, string>();
  const drafts = new Drafts();
  const models = new ModelDrafts();
  for (const { name, dataset, model } of declared) {
    if (dataset === undefined && model === undefined) continue;
    const fits = hasGlob(name) ? compileGlob(name) : (candidate: string): boolean => candidate === name;
    const files = newest.filter((output) => output.name === name || fits(output.name));
    const wanted = [dataset && `the dataset ${dataset}`, model && `the model ${model}`].filter((each) => each);
    if (files.length === 0)
      for (const what of wanted) problems.push(`no version of ${what} was made: no output is called ${name}`);
    for (const file of files) {
      if (dataset !== undefined) drafts.add({ name: dataset, exclude: [], aliases: [] }, file);
      if (model !== undefined) models.add({ name: model, tags: [], note: "" }, file);
    }
  }
  for (const output of newest) {
    const wishes = readWishes(output.properties);
    for (const problem of wishes.problems)
      problems.push(`the properties of ${JSON.stringify(output.name)}: ${problem}`);
    for (const alias of wishes.aliases) aliases.set(alias, output.id);
    for (const version of wishes.datasetVersions) drafts.add(version, output);
    for (const model of wishes.modelVersions) models.add(model, output);
  }
  const { versions, circular } = inOrder(drafts.versions());
  for (const version of circular)
    problems.push(`the version ${shown(version)} was not made: it is made \`from\` itself, by way of others`);
  for (const problem of drafts.problems) problems.push(problem);
  return {
    targets: {
      aliases: [...aliases].map(([name, datumId]) => ({ name, datumId })),
      datasetVersions: versions,
      modelVersions: models.versions(),
    },
    problems,
  };
}

/** Versions by their names: that of a dataset without a name is one as well. */
class Drafts {
  readonly #drafts = new Map<string, OutputVersion>();
  readonly #disagreeing = new Set<string>();

  add(wanted: WantedVersion, { id, name }: TargetedOutput): void {
    const key = `${wanted.name}/${wanted.version ?? ""}`;
    const known = this.#drafts.get(key);
    if (known?.from !== undefined && wanted.from !== undefined && !isSame(known.from, wanted.from))
      this.#disagreeing.add(key);
    const { version } = wanted;
    const from = known?.from ?? wanted.from;
    this.#drafts.set(key, {
      dataset: wanted.name,
      ...(version !== undefined && { name: version }),
      ...(from !== undefined && { from }),
      exclude: [...new Set([...(known?.exclude ?? []), ...wanted.exclude])],
      aliases: [...new Set([...(known?.aliases ?? []), ...wanted.aliases])],
      files: [...(known?.files ?? []).filter((file) => file.name !== name), { name, datumId: id }],
    });
  }

  versions(): readonly OutputVersion[] {
    return [...this.#drafts].flatMap(([key, draft]) => (this.#disagreeing.has(key) ? [] : [draft]));
  }

  get problems(): readonly string[] {
    return [...this.#disagreeing].map((key) => `the version ${key} was not made: its files name different \`from\``);
  }
}

/** All files of an execution that name one model make its version together. */
class ModelDrafts {
  readonly #drafts = new Map<string, OutputModel>();

  add({ name: model, tags, note }: WantedModel, { id, name }: TargetedOutput): void {
    const known = this.#drafts.get(model);
    const notes = [known?.note ?? "", note].filter((text) => text !== "");
    this.#drafts.set(model, {
      ...{ model, tags: [...new Set([...(known?.tags ?? []), ...tags])], note: [...new Set(notes)].join("\n") },
      files: [...(known?.files ?? []).filter((file) => file.name !== name), { name, datumId: id }],
    });
  }

  versions(): readonly OutputModel[] {
    return [...this.#drafts.values()];
  }
}

/** Puts versions behind those of the same execution that they are made from. */
function inOrder(versions: readonly OutputVersion[]): {
  readonly versions: readonly OutputVersion[];
  readonly circular: readonly OutputVersion[];
} {
  const ordered: OutputVersion[] = [];
  let open = versions;
  while (open.length > 0) {
    const isOpen = ({ from }: OutputVersion): boolean =>
      from !== undefined && open.some((other) => other.dataset === from.name && other.name === from.version);
    const ready = open.filter((version) => !isOpen(version));
    if (ready.length === 0) break;
    ordered.push(...ready);
    open = open.filter(isOpen);
  }
  return { versions: ordered, circular: open };
}

function isSame(one: NonNullable<OutputVersion["from"]>, other: NonNullable<OutputVersion["from"]>): boolean {
  return one.name === other.name && one.version === other.version;
}

function shown({ dataset, name }: OutputVersion): string {
  return name === undefined ? `of ${dataset}` : `${dataset}/${name}`;
}
