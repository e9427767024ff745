import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasReservedName } from "./ignore-files.ts";
import type { IgnoreTree } from "./ignore-tree.ts";
import { type GitFiles, type GitStatus, parseGitFiles, parseGitStatus } from "./parse-git.ts";
import { filtersOff, type GitAnswer, runGit } from "./run-git.ts";
import { foreignRecords } from "./tracked-by-git.ts";
import { NOT_UTF8, walkTree } from "./walk-tree.ts";
import type { Warnings, WorkingTree } from "./working-tree.ts";

/** The parts of a listing that stay the same on the way down into submodules. */
interface Project {
  readonly root: string;
  readonly ignores: IgnoreTree;
  /** For files that git does not know. */
  readonly untrackedIgnores: IgnoreTree;
  readonly warnings: Warnings;
}

/**
 * Lists the files of a folder as git sees them, tracked and untracked but not ignored, those of submodules included;
 * undefined where git is of no use. `prefix`, empty or ending with a slash, leads from the project's root to the
 * folder.
 */
export async function listGitTree(project: Project, prefix = ""): Promise<WorkingTree | undefined> {
  const folder = join(project.root, prefix);
  // To start git takes a fat process longer than to look for a repository.
  if (!isInRepository(existsSync(folder) ? realpathSync.native(folder) : folder)) return undefined;
  const answer = await askGit(folder);
  if (answer.kind !== "done") {
    const reason = whyUnusable(answer);
    if (reason !== undefined) project.warnings.line(reason);
    return undefined;
  }
  const { files, status, place } = answer;
  // Also those that a later `git pull` brought.
  const records = files.tracked.find((path) => prefix === "" && /^\.headrace(\/|$)/.test(path));
  if (records !== undefined) throw foreignRecords(records);
  // In a folder that git ignores as a whole there is nothing to see for git, but the user runs it all the same.
  if (place !== "" && files.tracked.length === 0 && (await isIgnored(folder))) return undefined;
  for (const path of files.notUtf8) project.warnings.file(prefix + path, NOT_UTF8);
  const isCode = (path: string, isFolder = false): boolean =>
    !hasReservedName(prefix + path) && !project.ignores.isIgnored(prefix + path, isFolder);
  const tracked = files.tracked.filter((path) => isCode(path));
  const untracked = files.untracked.filter(
    (path) => isCode(path) && !project.untrackedIgnores.isIgnored(prefix + path, false),
  );
  const repositories = files.repositories.filter(({ path }) => isCode(path, true));
  const nested = await listRepositories(
    project,
    prefix,
    repositories.map(({ path }) => path),
  );
  const changed = status.changed.some((path) => path.startsWith(place) && isCode(path.slice(place.length)));
  const unwatched = files.unwatched.some((path) => isCode(path) && existsSync(join(folder, path)));
  const additions = untracked.length > 0 || repositories.some(({ isSubmodule }) => !isSubmodule);
  const clean = !additions && !changed && !unwatched && nested.every((tree) => tree.git?.clean === true);
  const paths = [...tracked, ...untracked].map((path) => prefix + path);
  const { changed: _, ...head } = status;
  return { paths: [...paths, ...nested.flatMap((tree) => tree.paths)], git: { ...head, clean } };
}

type Answers =
  | { readonly kind: "done"; readonly files: GitFiles; readonly status: GitStatus; readonly place: string }
  | Exclude<GitAnswer, { readonly kind: "done" }>;

async function askGit(folder: string): Promise<Answers> {
  const config = await filtersOff(folder);
  const status = [
    "status",
    "-z",
    "--porcelain=v2",
    "--branch",
    "--no-ahead-behind",
    "--no-renames",
    "--untracked-files=no",
  ];
  const [changes, files, place] = await Promise.all([
    // Submodules are looked into one by one; here only which commit they stand at counts.
    runGit(folder, [...status, "--ignore-submodules=dirty", "--", "."], config),
    runGit(
      folder,
      ["ls-files", "-z", "-v", "--stage", "--cached", "--others", "--exclude-standard", "--", "."],
      config,
    ),
    runGit(folder, ["rev-parse", "--show-prefix"], config),
  ]);
  if (changes.kind !== "done") return changes;
  if (files.kind !== "done") return files;
  if (place.kind !== "done") return place;
  return {
    kind: "done",
    files: parseGitFiles(files.output),
    status: parseGitStatus(changes.output.toString()),
    place: place.output.toString().replace(/\n$/, ""),
  };
}

async function listRepositories(
  project: Project,
  prefix: string,
  repositories: readonly string[],
): Promise<readonly WorkingTree[]> {
  const trees: WorkingTree[] = [];
  for (const path of repositories) {
    const below = `${prefix}${path}/`;
    if (!existsSync(join(project.root, below, ".git"))) {
      project.warnings.file(
        prefix + path,
        "submodules that are not checked out (`git submodule update --init` brings them), left out of the code",
      );
      continue;
    }
    trees.push((await listGitTree(project, below)) ?? walkNested(project, below));
  }
  return trees;
}

function walkNested(project: Project, prefix: string): WorkingTree {
  return { paths: walkTree(join(project.root, prefix), project.warnings).map((path) => prefix + path) };
}

async function isIgnored(folder: string): Promise<boolean> {
  return (await runGit(folder, ["check-ignore", "--quiet", "."])).kind === "done";
}

/** Words for the user; undefined where a folder without git is all there is to it. */
function whyUnusable(answer: Exclude<GitAnswer, { readonly kind: "done" }>): string | undefined {
  const consequence = "so all files of the folder count as code, save those that ignore files name";
  if (answer.kind === "no-git")
    return `git is not installed, ${consequence}; install git to have runs pinned to commits`;
  const { message } = answer;
  if (message.includes("not a git repository") || message.includes("must be run in a work tree")) return undefined;
  const owned = /dubious ownership in repository at '(.*)'/.exec(message)?.[1];
  if (owned === undefined) return `git cannot read the repository (${message}), ${consequence}`;
  return `git does not trust the repository ${owned}, which belongs to another user, ${consequence}; \`git config --global --add safe.directory '${owned}'\` mends it`;
}

function isInRepository(folder: string): boolean {
  return existsSync(join(folder, ".git")) || (dirname(folder) !== folder && isInRepository(dirname(folder)));
}
