import { existsSync } from "node:fs";
import { join } from "node:path";
import { HeadraceError } from "../../errors.ts";
import { hasReservedName, OWN_FILES } from "../ignore-files.ts";
import { IgnoreTree } from "../ignore-tree.ts";
import { isSafePath, parentOf } from "../manifest.ts";
import { runGit } from "../run-git.ts";
import { NOT_UTF8 } from "../walk-tree.ts";
import type { Warnings } from "../working-tree.ts";
import { readGitObjects } from "./git-objects.ts";

/** A file or link of a commit. */
export interface CommitEntry {
  readonly path: string;
  readonly kind: "file" | "executable" | "link";
  /** git's name of its content. */
  readonly object: string;
  /** The folder of the repository that has the object. */
  readonly repository: string;
}

/** A commit of a repository, and the folder in it that is the project: `""`, or ending with a slash. */
export interface CommitPlace {
  readonly repository: string;
  readonly commit: string;
  readonly folder: string;
}

/**
 * The files of a commit that are code, by the ignore files that the commit itself has: the same as those of a work tree
 * that stands at it. For a submodule, the files of the commit that it is pinned to, if the work tree has it checked
 * out.
 */
export async function listCommit(place: CommitPlace, warnings: Warnings): Promise<readonly CommitEntry[]> {
  const all = await listTree(place, "", warnings);
  const ignores = await ignoresOf(all);
  return all.filter(({ path }) => !hasReservedName(path) && !ignores.isIgnored(path, false));
}

async function listTree(
  { repository, commit, folder }: CommitPlace,
  prefix: string,
  warnings: Warnings,
): Promise<readonly CommitEntry[]> {
  const tree = folder === "" ? commit : `${commit}:${folder.replace(/\/$/, "")}`;
  const answer = await runGit(repository, ["ls-tree", "-r", "-z", "--full-tree", tree]);
  if (answer.kind !== "done") throw unreadable(commit, answer.kind === "refused" ? answer.message : "git is missing");
  const entries: CommitEntry[] = [];
  for (const { mode, object, name } of parseTree(answer.output, (path) => warnings.file(prefix + path, NOT_UTF8))) {
    const path = prefix + name;
    // git itself refuses to make such a tree, but a repository may be made by other programs.
    if (!isSafePath(path) && !hasReservedName(path))
      throw unreadable(commit, `it has the path ${JSON.stringify(path)}`);
    const kind = KINDS[mode];
    if (kind !== undefined) entries.push({ path, kind, object, repository });
    else if (mode === SUBMODULE) entries.push(...(await listSubmodule(repository, object, { path, name }, warnings)));
  }
  return entries;
}

const SUBMODULE = "160000";
const KINDS: Readonly<Record<string, CommitEntry["kind"]>> = {
  "100644": "file",
  "100664": "file",
  "100755": "executable",
  "120000": "link",
};

/** `<mode> <type> <object>\t<path>`, each ended by a NUL. */
function* parseTree(output: Buffer, notUtf8: (path: string) => void) {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let start = 0, end = output.indexOf(0); end >= 0; start = end + 1, end = output.indexOf(0, start)) {
    const tab = output.indexOf(9, start);
    const [mode = "", , object = ""] = output.toString("latin1", start, tab).split(" ");
    const bytes = output.subarray(tab + 1, end);
    try {
      yield { mode, object, name: strict.decode(bytes) };
    } catch {
      notUtf8(bytes.toString());
    }
  }
}

/** A bare repository has no submodules beside it; nothing is fetched. */
async function listSubmodule(
  repository: string,
  commit: string,
  { path, name }: { readonly path: string; readonly name: string },
  warnings: Warnings,
): Promise<readonly CommitEntry[]> {
  const checkedOut = join(repository, name);
  const isThere =
    existsSync(join(checkedOut, ".git")) &&
    (await runGit(checkedOut, ["cat-file", "-e", `${commit}^{commit}`])).kind === "done";
  if (isThere) return await listTree({ repository: checkedOut, commit, folder: "" }, `${path}/`, warnings);
  warnings.file(path, "submodules whose commit is not in the work tree, left out of the code");
  return [];
}

async function ignoresOf(entries: readonly CommitEntry[]): Promise<IgnoreTree> {
  const own = entries.filter(
    ({ path, kind }) => kind !== "link" && OWN_FILES.includes(path.slice(path.lastIndexOf("/") + 1)),
  );
  const texts = new Map<string, string>();
  await readGitObjects(own, (object, content) => void texts.set(object, content.toString()), { most: OWN_FILE_BYTES });
  const byFolder = new Map<string, string[]>();
  // The weaker first.
  for (const name of OWN_FILES) {
    for (const { path, object } of own) {
      const folder = parentOf(path);
      if (path !== (folder === "" ? name : `${folder}/${name}`)) continue;
      byFolder.set(folder, [...(byFolder.get(folder) ?? []), texts.get(object) ?? ""]);
    }
  }
  return new IgnoreTree((folder) => byFolder.get(folder) ?? []);
}

const OWN_FILE_BYTES = 1_000_000;

function unreadable(commit: string, reason: string): HeadraceError {
  return new HeadraceError(
    "HR_SNAPSHOT_FAILED",
    `the files of commit ${commit.slice(0, 12)} cannot be listed (${reason})`,
    {
      hint: "`git fsck` checks the repository; a shallow or partial clone may lack them",
    },
  );
}
