import type { BlobStore } from "../blobs/index.ts";
import type { CapturedSnapshot, SnapshotStore } from "./record-snapshot.ts";

/** The source of a version of the code. */
export type CodeOrigin =
  | {
      readonly kind: "working-tree";
      /** The folder that holds the configuration file; it may lie within a git repository. */
      readonly root: string;
    }
  | {
      readonly kind: "git-commit";
      /**
       * A folder of a work tree, which is then the project's folder in the commit too, or a bare repository, which is
       * the project as a whole.
       */
      readonly repository: string;
      /** A branch, a tag, a commit's name or a part of it: what git takes for one. */
      readonly ref: string;
    }
  | {
      readonly kind: "archive";
      /** A .tar, .tar.gz or .zip, as its bytes say. */
      readonly file: string;
    };

/** The contents of a version of the code, ready for questions. Paths are relative to its root, `/`-separated. */
export interface CodeView {
  /** The bytes of a file, links within the code followed; undefined where there is none. At most `maxBytes` and one. */
  read(path: string, maxBytes: number): Promise<Buffer | undefined>;
  /** The names in it, listed once. */
  files(): Promise<CodeFiles>;
}

export interface CodeFiles {
  /** True if there is a file, a link or a folder of this path. */
  has(path: string): boolean;
  /** Returns the paths of files and links; undefined if they are too many to look at. */
  paths(): readonly string[] | undefined;
}

/** A version of the code that need not be stored yet. */
export interface OpenedCode extends CodeView, AsyncDisposable {
  /** Absent for a working tree, which is no commit before it is captured. */
  readonly commit?: string;
  /** Stores what is not stored yet, and names the version. Throws HR_SNAPSHOT_FAILED. */
  capture(places: CapturePlaces): Promise<CapturedSnapshot>;
}

export interface CapturePlaces {
  readonly blobs: BlobStore;
  readonly store: SnapshotStore;
  /** The folder for the remembered hashes of files that were read; may be deleted at any time. */
  readonly cacheFolder: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Stores a version of the code, each content once, and names it. */
export async function captureCode(origin: CodeOrigin, places: CapturePlaces): Promise<CapturedSnapshot> {
  await using code = await openCode(origin);
  return await code.capture(places);
}

/** Opens a version of the code; nothing is stored. Throws HR_NOT_FOUND for a commit that is not there. */
export async function openCode(origin: CodeOrigin): Promise<OpenedCode> {
  switch (origin.kind) {
    case "working-tree":
      return (await import("./origins/open-working-tree.ts")).openWorkingTree(origin.root);
    case "git-commit":
      return await (await import("./origins/open-git-commit.ts")).openGitCommit(origin);
    case "archive":
      return (await import("./origins/open-archive.ts")).openArchive(origin.file);
  }
}
