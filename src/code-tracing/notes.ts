import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { systemErrorCode } from "../errors.ts";

/**
 * The notes of a step's Python processes (python/trace/_headrace_trace.py says what the kinds mean). Paths are relative
 * to the repository, as they were asked for.
 */
export interface Notes {
  readonly greetings: number;
  readonly starts: number;
  readonly opened: readonly string[];
  readonly asked: readonly string[];
  readonly listed: readonly string[];
  /** Listed, with the sizes of what is in there. */
  readonly measured: readonly string[];
  readonly modules: readonly { readonly folder: string; readonly name: string }[];
  readonly moved: readonly string[];
  /** The paths looked at in the project's own folder, which is no part of the code: relative to that folder. */
  readonly project: readonly ProjectNote[];
  /** Files read in the caches that steps keep: relative to their folder. */
  readonly cached: readonly string[];
  /** Nothing was taken away from the notes since they were begun with `NOTES_BEGINNING`. */
  readonly isWhole: boolean;
  /** Notes could not be made: the reason in words. */
  readonly failures: readonly string[];
  /** The reasons why the step cannot be seen through, in words. */
  readonly reasons: readonly string[];
}

/** `how` is the kind of note that it would be in the repository. */
export interface ProjectNote {
  readonly how: string;
  readonly path: string;
  /** The name of a module that was searched for in that folder. */
  readonly name?: string;
}

export const NOTES_BEGINNING = "B\n";

/** Far more than 200,000 notes of long paths. */
const MOST_BYTES = 256 * 1024 * 1024;
/**
 * The kernel takes paths of 4,096 bytes; each may stand as two characters, and a module has a name besides. Longer ones
 * no process of ours has noted.
 */
const LONGEST_NOTE = 16_384;
/** A reason is recorded and shown; a step may have written what it likes. */
const LONGEST_REASON = 300;
/**
 * The step's own file: no link that leads to another one, and no pipe whose opening would wait for a writer for ever.
 */
const HOW = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Undefined where there are none that could be read: then nothing is known. */
export function readNotes(path: string): Notes | undefined {
  let text: string;
  try {
    const descriptor = openSync(path, HOW);
    try {
      const stats = fstatSync(descriptor);
      if (!stats.isFile() || stats.size > MOST_BYTES) return undefined;
      text = readFileSync(descriptor, "utf8");
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
  return parseNotes(text);
}

export function parseNotes(text: string): Notes | undefined {
  if (text !== "" && !text.endsWith("\n")) return undefined;
  const by = new Map<string, string[]>([..."BHPOSLCMRXJFK"].map((kind) => [kind, []]));
  for (const line of text.split("\n").slice(0, -1)) {
    const list = by.get(line.charAt(0));
    if (list === undefined || line.length > LONGEST_NOTE) return undefined;
    list.push(line.slice(1).replace(/\\([\\n])/g, (_, letter: string) => (letter === "n" ? "\n" : "\\")));
  }
  const of = (kind: string): readonly string[] => by.get(kind) ?? [];
  return {
    greetings: of("H").length,
    starts: of("P").length,
    opened: unique(of("O")),
    asked: unique(of("S")),
    listed: unique(of("L")),
    measured: unique(of("C")),
    modules: unique(of("M")).map((text_) => {
      const [folder = "", name = ""] = text_.split("\0");
      return { folder, name };
    }),
    moved: unique(of("R")),
    project: unique(of("J")).map((note) => {
      const [path = "", name] = note.slice(1).split("\0");
      return { how: note.charAt(0), path, ...(name === undefined ? {} : { name }) };
    }),
    cached: unique(of("K")),
    isWhole: text.startsWith(NOTES_BEGINNING),
    failures: of("F").slice(0, 1).map(shorten),
    reasons: unique(of("X")).map(shorten),
  };
}

function shorten(reason: string): string {
  return reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason;
}

function unique(items: readonly string[]): readonly string[] {
  return [...new Set(items)];
}
