import type { Layer } from "./layers.ts";

/** One piece of the file system as a step sees it. Later ones lie over earlier ones. */
export type ViewPart =
  | { readonly kind: "symlink"; readonly path: string; readonly target: string }
  /** An empty one. */
  | { readonly kind: "folder"; readonly path: string }
  | Bind
  | Layer
  | { readonly kind: "devices"; readonly names: readonly string[] }
  | { readonly kind: "processes" };

/** Something of the disk, mounted. */
export interface Bind {
  readonly kind: "bind";
  readonly path: string;
  readonly source: string;
  readonly writable: boolean;
  readonly isFile: boolean;
}

/** A folder that stands at `path`. */
export function bind(path: string, source: string, writable: boolean): Bind {
  return { kind: "bind", path, source, writable, isFile: false };
}

/** A file that stands at `path`, read-only. */
export function bindFile(path: string, source: string): Bind {
  return { kind: "bind", path, source, writable: false, isFile: true };
}
