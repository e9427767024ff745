import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../errors.ts";
import { isLink } from "../snapshots/index.ts";
import type { ManifestIndex } from "./code-trace.ts";
import { resolvePath } from "./resolve-path.ts";

export interface ProgramStarts {
  /** The paths that the kernel opened by itself, there or not: relative to the repository. */
  readonly asked: readonly string[];
  readonly reasons: readonly string[];
}

/** A script may be run by a script; the kernel follows no more. */
const MOST_STEPS = 5;

/**
 * The programs by which the kernel ran files of the repository: those of scripts' first lines, and the linkers that
 * executables name. The kernel opens them by itself, so that no call tells of them. `checkout` is where the repository
 * is now, `root` where it was for the step.
 */
export function programStarts(
  executed: readonly string[],
  index: ManifestIndex,
  { checkout, root }: { readonly checkout: string; readonly root: string },
): ProgramStarts {
  const asked = new Set<string>();
  const reasons = new Set<string>();
  let next = executed;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const further: string[] = [];
    for (const path of next) {
      const found = resolvePath(index, path, root);
      const entry = found.kind === "within" ? index.entries.get(found.path) : undefined;
      if (found.kind !== "within" || entry === undefined || isLink(entry)) continue;
      const content = contentOf(join(checkout, found.path));
      if (content === undefined || createHash("sha256").update(content).digest("hex") !== entry.sha256) {
        reasons.add(`it starts ${found.path}, which it has changed`);
        continue;
      }
      const program = startedBy(content);
      if (program === undefined) continue;
      if (!program.startsWith("/"))
        reasons.add(`it starts ${found.path}, which names a program by the relative path ${program}`);
      else if (program.startsWith(`${root}/`) && !asked.has(program.slice(root.length + 1)))
        further.push(program.slice(root.length + 1));
    }
    for (const path of further) asked.add(path);
    next = further;
  }
  return { asked: [...asked], reasons: [...reasons] };
}

/**
 * The step's own file: no link that leads to another one, and no pipe whose opening would wait for a writer for ever.
 */
const HOW = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function contentOf(path: string): Buffer | undefined {
  try {
    const descriptor = openSync(path, HOW);
    try {
      return fstatSync(descriptor).isFile() ? readFileSync(descriptor) : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

/** Undefined where the kernel opens nothing else. */
export function startedBy(content: Buffer): string | undefined {
  const head = content.toString("latin1", 0, 4);
  if (head.startsWith("#!")) return /^#![ \t]*([^ \t\r\n\0]+)/.exec(content.toString("utf8", 0, 512))?.[1];
  return head === "\x7fELF" ? linkerOf(content) : undefined;
}

const PT_INTERP = 3;
const HEADER_BYTES = 64;
const ENTRY_BYTES = 40;

/** Returns the linker of a 64-bit executable: others would not pass for readable in the log of calls. */
function linkerOf(content: Buffer): string | undefined {
  if (content.length < HEADER_BYTES) return undefined;
  const begin = Number(content.readBigUInt64LE(32));
  const size = content.readUInt16LE(54);
  const end = begin + size * content.readUInt16LE(56);
  for (let at = begin; size > 0 && at < end && at + ENTRY_BYTES <= content.length; at += size) {
    if (content.readUInt32LE(at) !== PT_INTERP) continue;
    const from = Number(content.readBigUInt64LE(at + 8));
    const to = from + Number(content.readBigUInt64LE(at + 32));
    return content.toString("utf8", from, to).split("\0")[0] || undefined;
  }
  return undefined;
}
