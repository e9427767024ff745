import { closeSync, constants, openSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";

/** A folder that stays the same one, whatever happens to its path. */
export interface PinnedFolder extends Disposable {
  /** A path to an entry of this very folder. */
  at(entry: string): string;
}

/**
 * Opens a folder below outputs while the step runs. A step that swaps a folder for a link between our look and our deed
 * could have us link or remove somebody else's file; through the descriptor we reach the folder we looked at, or none.
 * Undefined when it is gone or a link leads to it. Elsewhere than on Linux there is no such path, and no sandbox to
 * break out of.
 */
export function pinFolder(realPath: string): PinnedFolder | undefined {
  if (process.platform !== "linux") return { at: (entry) => join(realPath, entry), [Symbol.dispose]: () => {} };
  let descriptor: number;
  try {
    descriptor = openSync(realPath, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
  const own = `/proc/self/fd/${descriptor}`;
  if (readlinkSync(own) !== realPath) {
    closeSync(descriptor);
    return undefined;
  }
  return { at: (entry) => `${own}/${entry}`, [Symbol.dispose]: () => closeSync(descriptor) };
}
