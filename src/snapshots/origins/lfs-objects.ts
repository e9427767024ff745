import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BlobRef, BlobStore } from "../../blobs/index.ts";
import { runGit } from "../run-git.ts";

/** Pointers are shorter; git-lfs itself reads no longer ones. */
const LONGEST_POINTER_BYTES = 1024;

/** Returns the content that a file of git-lfs stands for, if the file is a pointer. */
export function pointerIn(content: Buffer): BlobRef | undefined {
  if (content.length > LONGEST_POINTER_BYTES || !content.toString("latin1", 0, 8).startsWith("version "))
    return undefined;
  const found =
    /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n$/.exec(
      content.toString(),
    );
  const [, sha256, size] = found ?? [];
  return sha256 === undefined ? undefined : { sha256, sizeBytes: Number(size) };
}

/** Contents of git-lfs that a repository has in its own store. The program git-lfs is never run, nothing is fetched. */
export class LfsObjects {
  readonly #blobs: Pick<BlobStore, "has" | "putFiles">;
  readonly #folders = new Map<string, Promise<string | undefined>>();

  constructor(blobs: Pick<BlobStore, "has" | "putFiles">) {
    this.#blobs = blobs;
  }

  /** Stores the content where it is there and is what the pointer says. */
  async find(repository: string, wanted: BlobRef): Promise<BlobRef | undefined> {
    const { sha256, sizeBytes } = wanted;
    const folder = await this.#folderOf(repository);
    const path = join(folder ?? "", sha256.slice(0, 2), sha256.slice(2, 4), sha256);
    // Only what the repository has itself: else a pointer would be a way to the stored files of others.
    if (folder === undefined || statSync(path, { throwIfNoEntry: false })?.size !== sizeBytes) return undefined;
    if (await this.#blobs.has(sha256)) return wanted;
    const [stored] = await this.#blobs.putFiles([path]);
    return typeof stored === "object" && stored.sha256 === sha256 ? stored : undefined;
  }

  #folderOf(repository: string): Promise<string | undefined> {
    const known = this.#folders.get(repository);
    if (known !== undefined) return known;
    const asked = runGit(repository, ["rev-parse", "--git-common-dir"]).then((answer) =>
      answer.kind === "done"
        ? join(resolve(repository, answer.output.toString().replace(/\n$/, "")), "lfs/objects")
        : undefined,
    );
    this.#folders.set(repository, asked);
    return asked;
  }
}
