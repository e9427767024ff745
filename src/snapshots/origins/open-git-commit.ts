import { HeadraceError } from "../../errors.ts";
import type { CapturePlaces, CodeFiles, CodeOrigin, OpenedCode } from "../code-origin.ts";
import { assertTree } from "../manifest.ts";
import { followLinks, NamesOfCode } from "../names-of-code.ts";
import { type CapturedSnapshot, type RecordOptions, recordSnapshot } from "../record-snapshot.ts";
import { type GitAnswer, runGit } from "../run-git.ts";
import { Warnings } from "../working-tree.ts";
import { readGitObjects } from "./git-objects.ts";
import { type CommitEntry, type CommitPlace, listCommit } from "./list-commit.ts";
import { LARGEST_OBJECT_BYTES, readLinks, storeObjects } from "./store-objects.ts";

type GitCommitOrigin = Extract<CodeOrigin, { readonly kind: "git-commit" }>;

/** The code of a commit, read from git's own store: no work tree is looked at or written. */
export async function openGitCommit({ repository, ref }: GitCommitOrigin): Promise<OpenedCode> {
  const commit = await findCommit(repository, ref);
  const prefix = await runGit(repository, ["rev-parse", "--show-prefix"]);
  const folder = prefix.kind === "done" ? prefix.output.toString().replace(/\n$/, "") : "";
  const name = await runGit(repository, ["rev-parse", "--symbolic-full-name", "--verify", "--end-of-options", ref]);
  const branch = name.kind === "done" ? /^refs\/heads\/(.+)$/m.exec(name.output.toString())?.[1] : undefined;
  return new CommitCode({ repository, commit, folder }, branch);
}

async function findCommit(repository: string, ref: string): Promise<string> {
  const answer = await runGit(repository, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`]);
  // `--end-of-options` is echoed by some versions.
  const commit = answer.kind === "done" ? answer.output.toString().trim().split("\n").at(-1) : undefined;
  if (commit !== undefined && /^[0-9a-f]{40,64}$/.test(commit)) return commit;
  throw await noCommit(repository, ref, answer);
}

async function noCommit(repository: string, ref: string, answer: GitAnswer): Promise<HeadraceError> {
  if (answer.kind === "no-git")
    return new HeadraceError("HR_NOT_FOUND", `commit ${ref} cannot be read: git is not installed`, {
      hint: "install git",
    });
  const there = await runGit(repository, ["rev-parse", "--git-dir"]);
  if (there.kind !== "refused")
    return new HeadraceError("HR_NOT_FOUND", `the repository has no commit ${ref}`, {
      hint: "name a branch, a tag or a commit: `git log --oneline --all` lists them; `git fetch` brings those of others",
    });
  return new HeadraceError("HR_NOT_FOUND", `commit ${ref} cannot be read: ${there.message}`, {
    hint: "work in a git repository that belongs to you",
  });
}

class CommitCode implements OpenedCode {
  readonly commit: string;
  readonly #place: CommitPlace;
  readonly #branch: string | undefined;
  readonly #warnings = new Warnings();
  #listing: Promise<readonly CommitEntry[]> | undefined;

  constructor(place: CommitPlace, branch: string | undefined) {
    this.commit = place.commit;
    this.#place = place;
    this.#branch = branch;
  }

  async read(path: string, maxBytes: number): Promise<Buffer | undefined> {
    const entries = new Map((await this.#list()).map((entry) => [entry.path, entry]));
    const targets = await readLinks([...entries.values()].filter(({ kind }) => kind === "link"));
    const entry = entries.get(followLinks(path, (name) => targets.get(name)?.toString()) ?? "");
    return entry && entry.kind !== "link" ? (await contentOf(entry)).subarray(0, maxBytes + 1) : undefined;
  }

  async files(): Promise<CodeFiles> {
    const names = new NamesOfCode((await this.#list()).map(({ path }) => path));
    return { has: (path) => names.has(path), paths: () => names.paths };
  }

  /**
   * Named by the commit. Files that are stored already, of this commit or another, are neither read nor stored again.
   */
  async capture(places: CapturePlaces): Promise<CapturedSnapshot> {
    const entries = await storeObjects(await this.#list(), places, this.#warnings);
    assertTree(entries);
    const { blobs, store, now } = places;
    const git: RecordOptions["git"] = {
      commit: this.commit,
      ...(this.#branch === undefined ? {} : { branch: this.#branch }),
    };
    const record = await recordSnapshot(entries, { blobs, store, now, git, name: { identifier: this.commit } });
    return { record, warnings: this.#warnings.lines() };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #list(): Promise<readonly CommitEntry[]> {
    this.#listing ??= listCommit(this.#place, this.#warnings);
    return this.#listing;
  }
}

async function contentOf(entry: CommitEntry): Promise<Buffer> {
  const contents: Buffer[] = [];
  const keep = (_: string, bytes: Buffer): void => void contents.push(Buffer.from(bytes));
  await readGitObjects([entry], keep, { most: LARGEST_OBJECT_BYTES });
  return Buffer.concat(contents);
}
