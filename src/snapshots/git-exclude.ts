import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { runGit } from "./run-git.ts";

/**
 * Adds a pattern to the repository's local exclude file unless it stands there, so that git shows nobody our state folder; the
 * project's own .gitignore stays untouched. Returns whether it was added; without git there is nothing to do.
 */
export async function ensureLocalGitExclude(root: string, pattern: string): Promise<boolean> {
  const answer = await runGit(root, ["rev-parse", "--git-path", "info/exclude"]);
  if (answer.kind !== "done") return false;
  const file = resolve(root, answer.output.toString().replace(/\n$/, ""));
  const text = readIfThere(file);
  if (text.split(/\r?\n/).includes(pattern)) return false;
  mkdirSync(dirname(file), { recursive: true });
  // One write, at the end: two that start at the same time add the line twice at worst.
  appendFileSync(file, `${text === "" || text.endsWith("\n") ? "" : "\n"}${pattern}\n`);
  return true;
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
