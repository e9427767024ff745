import { closeSync, fstatSync, openSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";

/** A file that stays the same one, whatever happens to its path and to the links in it. */
export interface PinnedFile extends Disposable {
  /** A path to this very file. */
  readonly path: string;
  /** Its path with links followed, as the kernel sees it. Undefined if that cannot be told. */
  readonly realPath: string | undefined;
  readonly stats: Stats;
}

/**
 * Linux: names a file without opening it for anything, so that neither rights nor devices matter. Node has no name for
 * it.
 */
const O_PATH = 0o10000000;

/**
 * Takes hold of a file first and asks then where it lies: whoever resolves the links of a path himself may come to
 * another file than the kernel does, and the path may lead elsewhere a moment later. Throws what the system says where
 * there is none.
 */
export function pinFile(path: string): PinnedFile {
  if (process.platform !== "linux") return pinByPath(path);
  const descriptor = openSync(path, O_PATH);
  try {
    const own = `/proc/self/fd/${descriptor}`;
    const stats = fstatSync(descriptor);
    return { path: own, stats, realPath: realPathOf(own, stats), [Symbol.dispose]: () => closeSync(descriptor) };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** A file without a name left, or beyond the mounts that are seen here, has no path that leads to it. */
function realPathOf(own: string, { dev, ino }: Stats): string | undefined {
  const path = readlinkSync(own);
  const there = path.startsWith("/") ? statSync(path, { throwIfNoEntry: false }) : undefined;
  return there?.dev === dev && there.ino === ino ? path : undefined;
}

/** Elsewhere than on Linux no path leads through a descriptor. */
function pinByPath(path: string): PinnedFile {
  const realPath = realpathSync.native(path);
  return { path: realPath, realPath, stats: statSync(realPath), [Symbol.dispose]: () => {} };
}
