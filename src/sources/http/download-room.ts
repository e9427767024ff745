import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { unavailable } from "../unavailable.ts";

/**
 * A download leaves this share of the disk free, and no more than so many bytes, for the records and for other steps.
 */
const FREE_SHARE = 0.05;
const FREE_BYTES = 5e9;

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  KI: 2 ** 10,
  MI: 2 ** 20,
  GI: 2 ** 30,
  TI: 2 ** 40,
};

/** `HEADRACE_MAX_DOWNLOAD`, such as `200GB`: what one file may have. Throws HR_USAGE for what is no size. */
export function maxDownload(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment.HEADRACE_MAX_DOWNLOAD?.trim() ?? "";
  if (text === "") return Infinity;
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([KMGT]?I?)B?$/i.exec(text) ?? [];
  const factor = UNITS[unit.toUpperCase()];
  if (amount !== undefined && factor !== undefined) return Number(amount) * factor;
  throw new HeadraceError("HR_USAGE", `HEADRACE_MAX_DOWNLOAD ${JSON.stringify(text)} is no size`, {
    hint: "write for example HEADRACE_MAX_DOWNLOAD=200GB; MB, GB, TB, MiB, GiB and TiB are known",
  });
}

export interface DownloadRoomOptions {
  /** For messages; without credentials. */
  readonly uri: string;
  readonly maxBytes: number;
  /** On the disk that is filled; it, or the folder that holds it, is there. */
  readonly folder: string;
}

/** Ends a download that would fill the disk, or is larger than it may be: a server may send for ever. */
export class DownloadRoom {
  readonly #options: DownloadRoomOptions;

  constructor(options: DownloadRoomOptions) {
    this.#options = options;
  }

  /** Throws HR_INPUT_UNAVAILABLE where what has come, or what is said to come, is too much. */
  require(receivedBytes: number, totalBytes: number | undefined): void {
    const { uri, maxBytes } = this.#options;
    if (Math.max(receivedBytes, totalBytes ?? 0) > maxBytes) {
      const what = `it has more than the ${gigabytes(maxBytes)} that HEADRACE_MAX_DOWNLOAD allows`;
      throw unavailable(uri, what, "set HEADRACE_MAX_DOWNLOAD higher, or give a smaller file");
    }
    this.#requireSpace(Math.max(0, (totalBytes ?? 0) - receivedBytes));
  }

  #requireSpace(toCome: number): void {
    const { uri, folder } = this.#options;
    const disk = diskOf(folder);
    if (disk === undefined || disk.free - toCome >= Math.min(disk.size * FREE_SHARE, FREE_BYTES)) return;
    const what = toCome > 0 ? `${gigabytes(toCome)} are to come, and` : "the server sends on, and";
    throw unavailable(
      uri,
      `${what} only ${gigabytes(disk.free)} are free below ${folder}`,
      "free some space, or give a smaller file; what was received is removed",
    );
  }
}

function diskOf(folder: string): { readonly free: number; readonly size: number } | undefined {
  for (const path of [folder, dirname(folder)]) {
    try {
      const { bavail, blocks, bsize } = statfsSync(path);
      // Some network file systems do not tell.
      return blocks === 0 ? undefined : { free: bavail * bsize, size: blocks * bsize };
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
    }
  }
  return undefined;
}

function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
