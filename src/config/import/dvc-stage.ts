import { HeadraceError } from "../../errors.ts";
import { splitCodePattern } from "../code-key.ts";
import { isMapping, listOf, type Mapping, own } from "./dvc-document.ts";
import type { ExpandedStage } from "./expand-stages.ts";
import { parentOf, placePath } from "./repository-path.ts";

/** A stage read and placed: all paths start at the repository's root. */
export interface DvcStage {
  readonly name: string;
  readonly description?: string;
  /** As written, one per command. */
  readonly commands: readonly string[];
  /** Working folder; empty for the root. */
  readonly folder: string;
  /** Paths, and patterns of keys within parameter files (`params.yaml#lr`). */
  readonly deps: readonly string[];
  /** Files and folders to keep; none lies within another. */
  readonly outs: readonly string[];
  /** JSON files whose content is shown as metadata. */
  readonly metrics: readonly string[];
  /** It runs in every run, whatever earlier ones left. */
  readonly alwaysRuns: boolean;
}

/** Keys that need no word: they are carried over, or mean nothing beyond DVC's own display. */
const SILENT: ReadonlySet<string> = new Set([
  "cmd",
  "wdir",
  "deps",
  "outs",
  "metrics",
  "plots",
  "params",
  "desc",
  "meta",
  "vars",
]);

/** Reads one expanded stage; what cannot be carried over is noted. */
export function readStage({ name, definition }: ExpandedStage, note: (text: string) => void): DvcStage {
  const say = (text: string) => note(`stage ${name}: ${text}`);
  const commands = listOf(own(definition, "cmd")).map((command) => (typeof command === "string" ? command.trim() : ""));
  if (commands.length === 0 || commands.includes("")) {
    throw new HeadraceError("HR_CONFIG_INVALID", `stage ${name}: \`cmd\` is missing or is no text`, {
      hint: "every stage needs a command",
    });
  }
  const folder = folderOf(own(definition, "wdir"), name);
  noteKeys(definition, say);
  const description = own(definition, "desc");
  return {
    name,
    ...(typeof description === "string" && description.trim() !== "" ? { description: description.trim() } : {}),
    commands,
    folder,
    deps: [...readDeps(definition, folder, say), ...readParams(definition, folder, note)],
    ...readOuts(definition, folder, say),
    alwaysRuns: own(definition, "always_changed") === true,
  };
}

function folderOf(wdir: unknown, stage: string): string {
  if (wdir === undefined || wdir === null) return "";
  const place = typeof wdir === "string" ? placePath(wdir, "") : undefined;
  if (place?.kind === "inside") return place.path;
  throw new HeadraceError("HR_CONFIG_INVALID", `stage ${stage}: \`wdir\` has to be a folder within the repository`, {
    hint: "steps run in a copy of the repository; move dvc.yaml to its root and shorten the path",
  });
}

function noteKeys(definition: Mapping, say: (text: string) => void): void {
  if (own(definition, "frozen") === true) say("`frozen` was not carried over; the step runs like any other");
  for (const key of Object.keys(definition)) {
    if (SILENT.has(key) || key === "frozen" || key === "always_changed") continue;
    say(`\`${key}\` was not carried over`);
  }
}

function readDeps(definition: Mapping, folder: string, say: (text: string) => void): readonly string[] {
  return entriesOf(own(definition, "deps")).flatMap(({ path }) => {
    const place = placePath(path, folder);
    if (place.kind === "inside") return place.path === "" ? [] : [place.path];
    say(
      `the dependency ${path} lies outside the repository; the command reads it by itself, and no version of it is recorded`,
    );
    return [];
  });
}

/**
 * Keys of parameter files are code (`params.yaml#lr`), unless a stage makes the file: then it is a dependency like any
 * other.
 */
function readParams(definition: Mapping, folder: string, note: (text: string) => void): readonly string[] {
  return listOf(own(definition, "params")).flatMap((entry) => {
    const named: readonly (readonly [string, unknown])[] = isMapping(entry)
      ? Object.entries(entry)
      : [["params.yaml", [entry]]];
    return named.flatMap(([file, keys]) => {
      const place = placePath(file, folder);
      if (place.kind === "outside") return [];
      note(`parameters stay in ${place.path}, which the steps read from the repository`);
      return withKeys(place.path, listOf(keys));
    });
  });
}

/**
 * The file as a whole where DVC names no keys, or none that Headrace can find (in TOML and Python, places of lists).
 */
function withKeys(path: string, keys: readonly unknown[]): readonly string[] {
  const patterns = keys.map((key) => `${path}#${String(key)}`);
  const areKeys = patterns.every((pattern) => !pattern.includes("[") && splitCodePattern(pattern).key !== undefined);
  return patterns.length > 0 && areKeys ? patterns : [path];
}

function readOuts(
  definition: Mapping,
  folder: string,
  say: (text: string) => void,
): Pick<DvcStage, "outs" | "metrics"> {
  const outs = new Set<string>();
  const metrics = new Set<string>();
  for (const kind of ["outs", "metrics", "plots"] as const) {
    for (const { path: written, options } of entriesOf(own(definition, kind))) {
      const place = placePath(written, folder);
      if (place.kind === "outside" || place.path === "") {
        say(`the output ${written} lies outside the repository; it is written there, but not kept by Headrace`);
        continue;
      }
      const { path } = place;
      outs.add(path);
      noteOutOptions(path, options, say);
      if (kind !== "metrics") continue;
      if (path.endsWith(".json")) metrics.add(path);
      else say(`the metrics in ${path} are kept as a file, but not shown as metadata: only JSON is`);
    }
  }
  return { outs: [...outs].filter((path) => !hasAncestor(path, outs)), metrics: [...metrics] };
}

function noteOutOptions(path: string, options: Mapping, say: (text: string) => void): void {
  if (own(options, "persist") === true) say(`\`persist\` of ${path} was not carried over: every run starts without it`);
  if (own(options, "remote") !== undefined)
    say(`\`remote\` of ${path} was not carried over: outputs are kept in the project's store`);
}

/** An output within another one comes along with it. */
function hasAncestor(path: string, outs: ReadonlySet<string>): boolean {
  for (let parent = parentOf(path); parent !== ""; parent = parentOf(parent)) {
    if (outs.has(parent)) return true;
  }
  return false;
}

/** Items are paths, or mappings of one path to its options. */
function entriesOf(list: unknown): readonly { readonly path: string; readonly options: Mapping }[] {
  return listOf(list).flatMap((item) => {
    if (typeof item === "string") return [{ path: item, options: {} }];
    if (!isMapping(item)) return [];
    return Object.entries(item).map(([path, options]) => ({ path, options: isMapping(options) ? options : {} }));
  });
}
