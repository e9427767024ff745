import { execFile } from "node:child_process";
import { closeSync, constants, lstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";

const TOOLS = "/usr/bin:/bin:/run/current-system/sw/bin";

/**
 * Tells whether any step of the user runs on this machine, whichever engine or project it belongs to, and whatever
 * became of its engine: a named pipe that the wrapper of each step holds open for as long as it lives. The kernel
 * counts them, at the cost of one call, and forgets nobody. (To look through all processes takes milliseconds; a file
 * that each step makes and removes would outlive a crash.)
 *
 * A step can give another one its open files and folders over a socket, though neither sees the other's. With a folder,
 * or with a file that is open for reading only, the other can still write later on: it has the same owner. So no look
 * at who has a file open for writing helps.
 */
export class RunningMark {
  readonly #path: string | undefined;
  #made: Promise<void> | undefined;

  /** Without a folder nothing is known. */
  constructor(folder: string | undefined) {
    this.#path = folder === undefined ? undefined : join(folder, "pipe");
  }

  /** The pipe for a wrapper to hold open; empty where there is none. */
  async forWrapper(): Promise<string> {
    const path = this.#path;
    if (path === undefined) return "";
    this.#made ??= new Promise((resolve) => {
      if (isPipe(path)) resolve();
      else execFile("mkfifo", ["-m", "600", path], { env: { PATH: TOOLS }, cwd: "/" }, () => resolve());
    });
    await this.#made;
    return path;
  }

  /** True only where it is certain. */
  nobodyRuns(): boolean {
    if (this.#path === undefined || !isPipe(this.#path)) return false;
    try {
      closeSync(openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK));
      return false;
    } catch (error) {
      return systemErrorCode(error) === "ENXIO";
    }
  }
}

function isPipe(path: string): boolean {
  try {
    const stats = lstatSync(path);
    return stats.isFIFO() && stats.uid === process.geteuid?.();
  } catch {
    return false;
  }
}
