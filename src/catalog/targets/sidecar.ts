import { dataNameProblem, LATEST, readVersionAddress, type VersionAddress } from "../../data-address.ts";

/** A version of something with versions that a sidecar file wants its file to belong to. */
export interface WantedVersion {
  /** The name of the dataset. */
  readonly name: string;
  /** Absent: the next one, named by its number. */
  readonly version?: string;
  /** The version whose files it has as well. */
  readonly from?: VersionAddress & { readonly version: string };
  /** Names of files of that version that it leaves out. */
  readonly exclude: readonly string[];
  /** Aliases that stand for it from then on. */
  readonly aliases: readonly string[];
}

/** A model of which a sidecar file wants its file to be a new version. */
export interface WantedModel {
  readonly name: string;
  readonly tags: readonly string[];
  /** Empty: none. */
  readonly note: string;
}

/** The wishes in the `valohai.*` keys of a sidecar file. */
export interface SidecarWishes {
  readonly aliases: readonly string[];
  readonly datasetVersions: readonly WantedVersion[];
  readonly modelVersions: readonly WantedModel[];
  /** Faults, in words that follow on the file's name. */
  readonly problems: readonly string[];
}

type Values = Readonly<Record<string, unknown>>;

const NOTHING: SidecarWishes = { aliases: [], datasetVersions: [], modelVersions: [], problems: [] };

/**
 * Reads `valohai.alias`, `valohai.dataset-versions` and `valohai.model-versions`; what is not of their form is a
 * problem, and nothing else.
 */
export function readWishes(properties: Values): SidecarWishes {
  const [alias, versions] = [properties["valohai.alias"], properties["valohai.dataset-versions"]];
  const models = properties["valohai.model-versions"];
  if (alias === undefined && versions === undefined && models === undefined) return NOTHING;
  const problems: string[] = [];
  return {
    aliases: aliasesIn(alias, problems),
    datasetVersions: wishesIn(versions, { key: "valohai.dataset-versions", read: versionIn, problems }),
    modelVersions: wishesIn(models, { key: "valohai.model-versions", read: modelIn, problems }),
    problems,
  };
}

/** Valohai has one text; a list does no harm. */
function aliasesIn(value: unknown, problems: string[]): readonly string[] {
  return textsIn(value, "valohai.alias", problems).filter((name) => {
    const problem = dataNameProblem(name);
    if (problem !== undefined) problems.push(`the alias ${JSON.stringify(name)} ${problem}`);
    return problem === undefined;
  });
}

interface WishReader<Wish> {
  readonly key: string;
  /** Returns the fault in words where it is none. */
  readonly read: (item: unknown) => Wish | string;
  readonly problems: string[];
}

function wishesIn<Wish extends object>(value: unknown, { key, read, problems }: WishReader<Wish>): readonly Wish[] {
  if (value === undefined || value === null) return [];
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item): readonly Wish[] => {
    const wish = read(item);
    if (typeof wish !== "string") return [wish];
    problems.push(`${key}: ${wish}`);
    return [];
  });
}

function versionIn(item: unknown): WantedVersion | string {
  const wish: Values = typeof item === "string" ? { uri: item } : isValues(item) ? item : {};
  const address = typeof wish.uri === "string" ? readVersionAddress(wish.uri, "dataset") : undefined;
  if (address === undefined) return `${JSON.stringify(wish.uri ?? item)} is not of the form dataset://NAME/VERSION`;
  const { name, version } = address;
  if (version === LATEST) return `${LATEST} stands for the newest version by itself; give it a name, or none`;
  const from = fromOf(wish);
  if (typeof from === "string") return from;
  const problems: string[] = [];
  const exclude = textsIn(wish.exclude, "exclude", problems);
  const aliases = textsIn(wish.targeting_aliases, "targeting_aliases", problems);
  for (const alias of aliases) {
    const problem = alias === LATEST ? "stands for the newest version by itself" : dataNameProblem(alias);
    if (problem !== undefined) problems.push(`the alias ${JSON.stringify(alias)} ${problem}`);
  }
  if (problems[0] !== undefined) return problems[0];
  return { name, ...(version !== undefined && { version }), ...(from !== undefined && { from }), exclude, aliases };
}

/** Valohai's keys; a version is numbered by its model, so that none can be named. */
function modelIn(item: unknown): WantedModel | string {
  const wish: Values = typeof item === "string" ? { model_uri: item } : isValues(item) ? item : {};
  const uri = wish.model_uri ?? wish.uri;
  const address = typeof uri === "string" ? readVersionAddress(uri.replace(/\/$/, ""), "model") : undefined;
  if (address === undefined) return `${JSON.stringify(uri ?? item)} is not of the form model://NAME`;
  if (address.version !== undefined) return `${JSON.stringify(uri)} names a version: the model numbers them by itself`;
  const problems: string[] = [];
  const tags = textsIn(wish.model_version_tags, "model_version_tags", problems);
  const note = textsIn(wish.model_release_note, "model_release_note", problems).join("\n");
  return problems[0] ?? { name: address.name, tags, note };
}

function fromOf(wish: Values): WantedVersion["from"] | string {
  if (wish.from === undefined || wish.from === null || wish.start_fresh === true) return undefined;
  const from = typeof wish.from === "string" ? readVersionAddress(wish.from, "dataset") : undefined;
  if (from?.version === undefined)
    return `from: ${JSON.stringify(wish.from)} is not of the form dataset://NAME/VERSION`;
  return { name: from.name, version: from.version };
}

function textsIn(value: unknown, name: string, problems: string[]): readonly string[] {
  if (value === undefined || value === null) return [];
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = items.filter((item) => typeof item === "string");
  if (texts.length < items.length) problems.push(`${name} has something that is no text`);
  return texts;
}

function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
