import { posix } from "node:path";
import { readBounded } from "../../bounded-file.ts";
import { systemErrorCode } from "../../errors.ts";
import { parseJsonObject } from "../logs/lenient-json.ts";
import type { FoundOutput } from "./output-walk.ts";
import type { OutputWarning } from "./output-warning.ts";

/** `model.pt.metadata.json` holds the properties of `model.pt`. */
export const SIDECAR_SUFFIX = ".metadata.json";
/** In the root of outputs: lines `{"file": …, "metadata": {…}}`. */
export const SIDECAR_LIST = "valohai.metadata.jsonl";

const MAX_SIDECAR_BYTES = 1024 * 1024;
const MAX_LIST_BYTES = 64 * 1024 * 1024;

type Properties = Readonly<Record<string, unknown>>;

export interface Sidecars {
  /** Names of the files that were read as properties; all others are outputs. */
  readonly consumed: ReadonlySet<string>;
  /** By the name of the output they belong to. A file's own sidecar goes before the list. */
  readonly properties: ReadonlyMap<string, Properties>;
  readonly warnings: readonly OutputWarning[];
}

/**
 * The properties that sidecar files give to outputs. `isOutput` knows the outputs that were taken before. A sidecar
 * that is broken, or belongs to no output, is itself kept as an output, so that nothing a step wrote is lost.
 */
export function readSidecars(files: readonly FoundOutput[], isOutput: (name: string) => boolean): Sidecars {
  const names = new Set(files.map((file) => file.name));
  const isKnown = (name: string): boolean => (names.has(name) && !isSidecar(name, isKnown)) || isOutput(name);
  const consumed = new Set<string>();
  const properties = new Map<string, Properties>();
  const warnings: OutputWarning[] = [];
  const give = (name: string, more: Properties) => properties.set(name, { ...properties.get(name), ...more });

  const list = files.find((file) => file.name === SIDECAR_LIST);
  if (list !== undefined) {
    const read = readList(list, isKnown);
    for (const [name, more] of read.properties) give(name, more);
    for (const warning of read.warnings) warnings.push(warning);
    if (read.warnings.length === 0) consumed.add(list.name);
  }
  for (const file of files.filter(({ name }) => name.endsWith(SIDECAR_SUFFIX))) {
    const read = isSidecar(file.name, isKnown) ? readSidecar(file) : "there is no output that it belongs to";
    if (typeof read === "string")
      warnings.push(keptAsOutput(file.name, read, "write a JSON object, beside the file whose name it extends"));
    else {
      give(baseOf(file.name), read);
      consumed.add(file.name);
    }
  }
  return { consumed, properties, warnings };
}

/** The properties in a sidecar file, or what is wrong with it. */
export function readSidecar(file: FoundOutput): Properties | string {
  const text = readText(file, MAX_SIDECAR_BYTES);
  if (!text.ok) return text.problem;
  return parseJsonObject(text.text) ?? "it is no JSON object";
}

function isSidecar(name: string, isKnown: (name: string) => boolean): boolean {
  return name.endsWith(SIDECAR_SUFFIX) && isKnown(baseOf(name));
}

function baseOf(name: string): string {
  return name.slice(0, -SIDECAR_SUFFIX.length);
}

function readList(
  list: FoundOutput,
  isKnown: (name: string) => boolean,
): { readonly properties: ReadonlyMap<string, Properties>; readonly warnings: readonly OutputWarning[] } {
  const properties = new Map<string, Properties>();
  const text = readText(list, MAX_LIST_BYTES);
  const hint = 'write lines such as {"file": "model.pt", "metadata": {"accuracy": 0.9}}';
  if (!text.ok) return { properties, warnings: [keptAsOutput(list.name, text.problem, hint)] };
  const problems: string[] = [];
  for (const [index, line] of text.text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const item = listItem(line);
    if (item === undefined) problems.push(`line ${index + 1} is not of the form {"file", "metadata"}`);
    else if (!isKnown(item.name))
      problems.push(`line ${index + 1} names ${JSON.stringify(item.name)}, which is no output`);
    else properties.set(item.name, { ...properties.get(item.name), ...item.properties });
  }
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more such lines)` : "";
  return {
    properties,
    warnings: problems.slice(0, 1).map((problem) => keptAsOutput(list.name, `${problem}${more}`, hint)),
  };
}

function listItem(line: string): { readonly name: string; readonly properties: Properties } | undefined {
  const parsed = parseJsonObject(line);
  const { file, metadata } = parsed ?? {};
  if (typeof file !== "string" || typeof metadata !== "object" || metadata === null || Array.isArray(metadata))
    return undefined;
  return { name: posix.normalize(file), properties: metadata as Properties };
}

function readText(
  file: FoundOutput,
  limit: number,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string } {
  const tooLarge = { ok: false, problem: `it is larger than ${limit / 1024 / 1024} MiB` } as const;
  if (file.sizeBytes > limit) return tooLarge;
  try {
    // While the step runs it could grow, or a link or a pipe could take its place.
    const bytes = readBounded(file.path, limit, { noLink: true });
    return bytes.length > limit ? tooLarge : { ok: true, text: bytes.toString("utf8").replace(/^\ufeff/, "") };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    return { ok: false, problem: `it cannot be read (${code})` };
  }
}

function keptAsOutput(name: string, why: string, hint: string): OutputWarning {
  return { name, message: `${JSON.stringify(name)} was kept as an output and not taken as properties: ${why}`, hint };
}
