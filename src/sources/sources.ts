import type { BlobStore } from "../blobs/index.ts";
import type { AddressPolicy } from "../network/index.ts";
import type { DataRepository, DatasetRepository, ModelRepository } from "../store/index.ts";
import type { HttpPolicy } from "./http/http-policy.ts";

/** Brings in the files that a URI names: into the blobs, with a datum for each. */
export interface Sources {
  /**
   * Throws what a fetch of the URI would certainly throw, as far as that can be told at once: an unknown scheme, a
   * local file or a datum that is not there, a pattern or folder that brings nothing, a place that may be no input.
   * Asks no server.
   */
  check(uri: string): Promise<void>;
  /**
   * At least one file, in the order of their full paths. A URI that several callers fetch at the same time is fetched
   * once. Throws HR_INPUT_UNAVAILABLE, HR_NOT_SUPPORTED (scheme), HR_FILE_CHANGED, HR_BLOB_MISSING or HR_DISK_FULL;
   * after an abort, promptly, the signal's reason.
   */
  fetch(uri: string, options: FetchOptions): Promise<readonly FetchedFile[]>;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  /**
   * True if remembered contents of the files are not trusted: the stored content may be damaged, and is stored anew.
   */
  readonly anew?: boolean;
  report(progress: FetchProgress): void;
  /** Tells a human something although the fetch goes on: a retry, a content that changed. */
  warn(message: string): void;
}

export interface FetchProgress {
  /** Without credentials. */
  readonly uri: string;
  readonly receivedBytes: number;
  /** Absent while nobody has told it. */
  readonly totalBytes?: number;
}

/** One file of an input. Its names are safe: no part is empty, `.`, `..` or holds `/` or NUL. */
export interface FetchedFile {
  /** Base file name. */
  readonly name: string;
  /**
   * Folders between the wildcard root (or the folder that the URI names) and the file; what `keep-directories: suffix`
   * keeps.
   */
  readonly directories: readonly string[];
  /**
   * The whole path, `/`-separated, with the name at its end and no slash at its front; what `keep-directories: full`
   * keeps.
   */
  readonly fullPath: string;
  /** The address of this one file, without credentials. */
  readonly uri: string;
  readonly datumId: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The known facts of the file beside its content. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

export interface SourcesOptions {
  readonly blobs: BlobStore;
  readonly store: {
    readonly data: Pick<DataRepository, "add" | "get" | "findByUri">;
    readonly datasets: Pick<DatasetRepository, "find" | "resolve" | "files">;
    readonly models: Pick<ModelRepository, "find" | "resolve" | "files">;
  };
  /** Relative paths are relative to this folder. */
  readonly projectRoot: string;
  /** False on a server: whoever may start a run could read there what the server can. Absent: true. */
  readonly readsLocalFiles?: boolean;
  /** The folder for the remembered contents of local files; made when missing, and may be deleted at any time. */
  readonly cacheFolder: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The hosts that are asked for files; absent: whatever this machine reaches. */
  readonly addresses?: AddressPolicy | undefined;
  /** Time-outs and retries, where they are to differ. */
  readonly http?: Partial<HttpPolicy>;
  /**
   * The environment with `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, and with the places that the user shows to steps.
   */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
