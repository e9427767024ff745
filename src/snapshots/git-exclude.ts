import { closeSync, constants, lstatSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readBounded, WRITTEN_BY_HAND_BYTES } from "../bounded-file.ts";
import { runGit } from "./run-git.ts";

/**
 * Adds a pattern to the repository's local exclude file unless it stands there, so that git shows nobody our state
 * folder; the project's own .gitignore stays untouched. Returns whether it was added; without git there is nothing to
 * do.
 */
export async function ensureLocalGitExclude(root: string, pattern: string): Promise<boolean> {
  const answer = await runGit(root, ["rev-parse", "--git-path", "info/exclude"]);
  if (answer.kind !== "done") return false;
  const file = resolve(root, answer.output.toString().replace(/\n$/, ""));
  const text = readOwn(file);
  if (text === undefined || text.split(/\r?\n/).includes(pattern)) return false;
  mkdirSync(dirname(file), { recursive: true });
  // One write, at the end: two that start at the same time add the line twice at worst.
  const line = `${text === "" || text.endsWith("\n") ? "" : "\n"}${pattern}\n`;
  const descriptor = openSync(
    file,
    constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW,
    0o644,
  );
  try {
    writeSync(descriptor, line);
  } finally {
    closeSync(descriptor);
  }
  return true;
}

/**
 * Returns the content of the file; undefined for one that is not to be touched. A repository that was copied, not
 * cloned, brings a `.git` of its maker's: a link there would have us write wherever it leads.
 */
function readOwn(file: string): string | undefined {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return "";
  return stats.isFile() ? readBounded(file, WRITTEN_BY_HAND_BYTES).toString() : undefined;
}
