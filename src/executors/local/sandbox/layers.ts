import { chmodSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Shown } from "./installations.ts";
import { makeFolders } from "./make-folders.ts";
import { type HostMount, hostMounts, isReachable } from "./mount-table.ts";
import { isWithin } from "./paths.ts";

/**
 * A folder of the machine with a layer of the step's own over it (overlayfs): the step may write there, which is how it
 * installs packages as in a container, and the machine's folder stays as it is. The layer lies with the step's
 * temporary files and goes with them.
 */
export interface Layer {
  readonly kind: "layer";
  /** The path where it stands. */
  readonly path: string;
  /** The machine's folder below it. */
  readonly source: string;
  /**
   * Folders for the kernel, relative to `scratch`: short names, since newer mount programs pass no option of over 255
   * characters.
   */
  readonly upper: string;
  readonly work: string;
  /** Absolute: where it is mounted before a sandbox that cannot do so itself binds it. */
  readonly merged: string;
}

/** Makes the folders of the layer over `source`. */
export function makeLayer({ path, source }: Pick<Layer, "path" | "source">, scratch: string, number: number): Layer {
  const [upper, work, merged] = [`upper-${number}`, `work-${number}`, `merged-${number}`];
  for (const name of [upper, work, merged]) makeFolders(join(scratch, name));
  // The layer shows this one's mode as that of the whole.
  chmodSync(join(scratch, upper), statSync(source).mode & 0o7777);
  return { kind: "layer", path, source, upper, work, merged: join(scratch, merged) };
}

/** Signs that have a meaning in the options of an overlay. */
const SPECIAL = /[,:\\"]/;

/**
 * Returns those that get a layer: not within another's, and none that holds the folder that the layers themselves lie
 * in.
 */
export function layerable(shown: readonly Shown[], scratch: string): readonly string[] {
  const able = shown
    .filter(
      ({ path, isFile, installable }) => installable && !isFile && !SPECIAL.test(path) && !isWithin(scratch, path),
    )
    .map(({ path }) => path);
  return able.filter((path) => !able.some((other) => other !== path && isWithin(path, other)));
}

/** Returns what is mounted further below, which a layer does not show: it has to be bound in again. */
export function mountsBelow(path: string, mounts: readonly HostMount[] = hostMounts()): readonly string[] {
  return mounts
    .filter(
      (mount) =>
        mount.path !== path && isWithin(mount.path, path) && mount.kind !== "autofs" && isReachable(mount.path),
    )
    .map((mount) => mount.path);
}

/**
 * Options of mount(8), for a mount that is made in the folder `scratch`. In a user namespace the kernel keeps its notes
 * in attributes that users may write.
 */
export function layerOptions(layer: Layer, isRoot: boolean): string {
  const own = isRoot ? [] : ["userxattr"];
  return [`lowerdir=${layer.source}`, `upperdir=${layer.upper}`, `workdir=${layer.work}`, ...own].join(",");
}
