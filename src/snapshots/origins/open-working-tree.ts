import { existsSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { type BlobStore, openDigestCache } from "../../blobs/index.ts";
import { readBounded } from "../../bounded-file.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import type { SnapshotRecord } from "../../store/index.ts";
import type { CapturePlaces, CodeFiles, OpenedCode } from "../code-origin.ts";
import { type FoundFile, findEntries } from "../find-entries.ts";
import { allIgnores, hasReservedName, ownIgnores, untrackedIgnores } from "../ignore-files.ts";
import { listGitTree } from "../list-git-tree.ts";
import { NamesOfCode, plainPath } from "../names-of-code.ts";
import {
  type CapturedSnapshot,
  type RecordOptions,
  recordSnapshot,
  type SnapshotStore,
  type WantedName,
} from "../record-snapshot.ts";
import { storeFiles } from "../store-files.ts";
import { walkTree } from "../walk-tree.ts";
import { type GitState, Warnings } from "../working-tree.ts";

/** The code of a folder as it is now. The folder is listed when its names are first asked for. */
export function openWorkingTree(root: string): WorkingTree {
  return new WorkingTreeCode(root);
}

/** The code of a folder, which asks less of where it is stored than others do. */
export interface WorkingTree extends OpenedCode {
  capture(places: TreePlaces): Promise<CapturedSnapshot>;
}

export interface TreePlaces extends Omit<CapturePlaces, "blobs"> {
  readonly blobs: Pick<BlobStore, "missing" | "putFiles" | "has" | "putBytes">;
}

/** Files are listed once, so that what was planned with is what is captured. */
class WorkingTreeCode implements WorkingTree {
  readonly #root: string;
  readonly #warnings = new Warnings();
  #listing: Promise<Listing> | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** As the user's own programs read it, wherever a link leads. */
  async read(path: string, maxBytes: number): Promise<Buffer | undefined> {
    try {
      return readBounded(join(this.#root, path), maxBytes);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw error;
    }
  }

  async files(): Promise<CodeFiles> {
    return (await this.#list()).names;
  }

  /** Named by the git commit where the tree is that commit, else by `~` and the hash of its list of files. */
  async capture({ blobs, store, cacheFolder, now }: TreePlaces): Promise<CapturedSnapshot> {
    const { root, paths, git } = await this.#list();
    const warnings = this.#warnings;
    const found = findEntries(root, paths(), warnings);
    warnOfSize(found.files, warnings);
    const digests = openDigestCache(join(cacheFolder, "files"));
    const cacheIsStored = await isRecorded(digests.note, store);
    const files = await storeFiles(found.files, { root, blobs, digests, cacheIsStored, warnings, now });
    const record = await recordSnapshot([...files, ...found.links], {
      blobs,
      store,
      now,
      git: gitFacts(git),
      name: nameFrom(git, root),
    });
    digests.save(noteOf(record), { keepOthers: false });
    return { record, warnings: warnings.lines() };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #list(): Promise<Listing> {
    this.#listing ??= list(rootOf(this.#root), this.#warnings);
    return this.#listing;
  }
}

interface Listing {
  /** Links followed. */
  readonly root: string;
  readonly git: GitState | undefined;
  readonly names: CodeFiles;
  readonly paths: () => readonly string[];
}

async function list(root: string, warnings: Warnings): Promise<Listing> {
  const tree = await listGitTree({
    root,
    ignores: ownIgnores(root),
    untrackedIgnores: untrackedIgnores(root),
    warnings,
  });
  if (tree === undefined) return withoutGit(root, warnings);
  const names = new NamesOfCode(tree.paths);
  return {
    root,
    git: tree.git,
    // Git tracks a deleted file until the deletion is committed.
    names: { has: (path) => names.has(path) && existsSync(join(root, path)), paths: () => tree.paths },
    paths: () => tree.paths,
  };
}

/** Without git every name can be looked at by itself: the folder may hold a million files that are no code. */
function withoutGit(root: string, warnings: Warnings): Listing {
  let walked: readonly string[] | undefined;
  const paths = (): readonly string[] => {
    walked ??= walkTree(root, warnings);
    return walked;
  };
  const ignores = allIgnores(root);
  const has = (path: string): boolean => {
    const plain = plainPath(path);
    const stats = statSync(join(root, plain), { throwIfNoEntry: false });
    return stats !== undefined && !hasReservedName(plain) && !ignores.isIgnored(plain, stats.isDirectory());
  };
  return { root, git: undefined, names: { has, paths }, paths };
}

function rootOf(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch (error) {
    const code = systemErrorCode(error) ?? "unreadable";
    throw new HeadraceError("HR_SNAPSHOT_FAILED", `the project's folder ${folder} cannot be read (${code})`, {
      hint: "check that it exists and that you may read it",
      cause: error,
    });
  }
}

function gitFacts(git: GitState | undefined): RecordOptions["git"] {
  if (git?.commit === undefined) return undefined;
  const { commit, branch } = git;
  return { commit, ...(branch === undefined ? {} : { branch }) };
}

/** The commit that may name these files. */
function nameFrom(git: GitState | undefined, root: string): WantedName | undefined {
  const commit = git?.commit;
  if (commit === undefined || git?.clean !== true) return undefined;
  // A file that was saved between git's look at the tree and ours must not hide behind the commit's name.
  return { identifier: commit, stillFits: () => isStillAt(commit, root) };
}

async function isStillAt(commit: string, root: string): Promise<boolean> {
  const tree = await listGitTree({
    ...{ root, ignores: ownIgnores(root), untrackedIgnores: untrackedIgnores(root) },
    warnings: new Warnings(),
  });
  return tree?.git?.clean === true && tree.git.commit === commit;
}

/** Says which snapshot the cache was saved with: as long as that is recorded, the contents it lists are kept. */
function noteOf(record: SnapshotRecord): string {
  return `${record.identifier} ${record.manifestSha256}`;
}

async function isRecorded(note: string, store: SnapshotStore): Promise<boolean> {
  const [identifier = "", manifestSha256] = note.split(" ");
  if (identifier === "") return false;
  return (await store.snapshots.get(identifier))?.manifestSha256 === manifestSha256;
}

const LARGE_FILE_BYTES = 100_000_000;
const CONSEQUENCE =
  "every version of it is stored with the code; make it an input, or name it in .gitignore or .headraceignore";

function warnOfSize(files: readonly FoundFile[], warnings: Warnings): void {
  for (const { path, stats } of files) {
    if (stats.size > LARGE_FILE_BYTES)
      warnings.line(`${path} has ${Math.round(stats.size / 1_000_000)} MB: ${CONSEQUENCE}`);
  }
}
