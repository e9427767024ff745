import { posix } from "node:path";
import type { KeepDirectories } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";

/** The longest name that file systems take, in bytes of UTF-8. */
const MAX_SEGMENT_BYTES = 255;
/** Leaves half of Linux's 4096 bytes for the path of the execution folder. */
const MAX_PATH_BYTES = 2048;

export interface NamedFile {
  /** The file's name with the folders it came in, `/`-separated: `models/a.pt`. */
  readonly name: string;
  /** The folder up to which a wildcard was literal (`models` of `models/*.pt`); `suffix` keeps what follows it. */
  readonly wildcardRoot?: string;
}

export interface NamingRules {
  readonly name: string;
  readonly keepDirectories: KeepDirectories;
  /** Forced name; for an input of one file only. */
  readonly filename?: string;
}

/**
 * Returns the path of each file of an input below the input's folder.
 *
 * Two files that would get the same path are told apart by `-1`, `-2` … before the extension; the first keeps its name,
 * and no file takes a path that another has by nature. So is a file whose path is the folder of another file (`a`
 * beside `a/b`).
 */
export function inputPaths(input: NamingRules, files: readonly NamedFile[]): readonly string[] {
  const filename = files.length === 1 ? input.filename : undefined;
  const natural = files.map((file) => checkedPath(input, keptPath(input.keepDirectories, file, filename), file.name));
  const folders = new Set(natural.flatMap(foldersOf));
  const reserved = new Set([...natural, ...folders]);
  const taken = new Set<string>();
  return natural.map((path) => {
    const free = taken.has(path) || folders.has(path) ? numbered(path, reserved) : path;
    taken.add(free);
    reserved.add(free);
    return free;
  });
}

/** The name of an input is the name of its folder. */
export function checkInputName(name: string): void {
  if (name === "." || name === ".." || name.includes("/")) {
    throw new HeadraceError("HR_PATH_ESCAPES", `the input name ${shown(name)} cannot be the name of a folder`, {
      hint: "rename the input in the step's definition",
    });
  }
  const problem = nameProblem(name, [name]);
  if (problem === undefined) return;
  throw new HeadraceError("HR_INPUT_UNAVAILABLE", `the input name ${shown(name)} ${problem}`, {
    hint: "rename the input in the step's definition",
  });
}

function keptPath(keep: KeepDirectories, file: NamedFile, filename: string | undefined): string {
  const folder = keep === "none" ? "" : posix.dirname(`/${withoutRoot(keep, file)}`).slice(1);
  const base = filename ?? file.name.slice(file.name.lastIndexOf("/") + 1);
  return folder === "" ? base : `${folder}/${base}`;
}

function withoutRoot(keep: KeepDirectories, file: NamedFile): string {
  const root = keep === "suffix" ? (file.wildcardRoot ?? "") : "";
  return root !== "" && file.name.startsWith(`${root}/`) ? file.name.slice(root.length + 1) : file.name;
}

/**
 * Names come from web servers, other steps and command lines: none may reach beyond the input's folder or trip the file
 * system.
 */
function checkedPath(input: NamingRules, path: string, name: string): string {
  const segments = path.split("/");
  if (segments.includes("..") || path.startsWith("/")) {
    throw new HeadraceError(
      "HR_PATH_ESCAPES",
      `input ${input.name}: the file name ${shown(name)} leads out of the input's folder`,
      {
        hint: "rename the file at its source, or leave keep-directories at none",
      },
    );
  }
  const problem = nameProblem(path, segments);
  if (problem === undefined) return path;
  throw new HeadraceError("HR_INPUT_UNAVAILABLE", `input ${input.name}: the file name ${shown(name)} ${problem}`, {
    hint: "give the input a filename in the step's definition, or rename the file at its source",
  });
}

function nameProblem(path: string, segments: readonly string[]): string | undefined {
  if (path === "" || segments.includes("")) return "is empty, or has an empty part";
  if (segments.includes(".")) return "has the part “.”, which names a folder";
  if (path.includes("\0")) return "contains a NUL character";
  if (!path.isWellFormed()) return "is no valid Unicode text";
  if (segments.some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES))
    return `has a part longer than ${MAX_SEGMENT_BYTES} bytes`;
  return Buffer.byteLength(path) > MAX_PATH_BYTES ? `is longer than ${MAX_PATH_BYTES} bytes` : undefined;
}

function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}

function foldersOf(path: string): readonly string[] {
  const segments = path.split("/");
  return segments.slice(1).map((_, position) => segments.slice(0, position + 1).join("/"));
}

function numbered(path: string, reserved: ReadonlySet<string>): string {
  const { dir, name, ext } = posix.parse(path);
  for (let number = 1; ; number += 1) {
    const tail = `-${number}${ext}`;
    const base = `${cutToBytes(name, MAX_SEGMENT_BYTES - Buffer.byteLength(tail))}${tail}`;
    const candidate = dir === "" ? base : `${dir}/${base}`;
    if (!reserved.has(candidate)) return candidate;
  }
}

function cutToBytes(text: string, maxBytes: number): string {
  let cut = text;
  while (Buffer.byteLength(cut) > maxBytes) cut = [...cut].slice(0, -1).join("");
  return cut;
}
