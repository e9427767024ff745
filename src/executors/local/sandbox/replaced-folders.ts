import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { isWithin } from "./paths.ts";

/**
 * Folders of the machine in whose place a step sees others, and what of the machine is bound into these again. A mount
 * in a replaced folder needs a mount point in the folder that stands for it; nothing of the step's may have run by the
 * time these are made, since a link that it left there would be followed.
 */
export class ReplacedFolders {
  /** By path, what stands there. */
  readonly #replaced = new Map<string, string>();
  readonly #shown = new Set<string>();

  replace(path: string, source: string): void {
    this.ensureMountPoint(path);
    this.#replaced.set(path, source);
  }

  show(path: string, isFile = false): void {
    this.ensureMountPoint(path, isFile);
    this.#shown.add(path);
  }

  paths(): readonly string[] {
    return [...this.#replaced.keys()];
  }

  isReplaced(path: string): boolean {
    return this.#replaced.has(path);
  }

  /** Returns true if the step sees what the machine has at this path. */
  isSeen(path: string): boolean {
    return this.#around(path) === undefined;
  }

  /**
   * Returns true if the path is free for something of the step's own: nothing that is shown lies there, around it or in
   * it.
   */
  isFree(path: string): boolean {
    return !this.isSeen(path) && ![...this.#shown].some((shown) => isWithin(shown, path));
  }

  ensureMountPoint(path: string, isFile = false): void {
    const folder = this.#around(path);
    if (folder === undefined || folder === path) return;
    const point = join(this.#replaced.get(folder) ?? "", relative(folder, path));
    mkdirSync(isFile ? dirname(point) : point, { recursive: true });
    if (isFile) writeFileSync(point, "", { flag: "a" });
  }

  /**
   * The replaced folder that is the nearest around the path; undefined where something shown is nearer, or none is
   * replaced.
   */
  #around(path: string): string | undefined {
    const nearest = [...this.#replaced.keys(), ...this.#shown]
      .filter((folder) => isWithin(path, folder))
      .sort((a, b) => b.length - a.length)[0];
    return nearest !== undefined && this.#replaced.has(nearest) && !this.#shown.has(nearest) ? nearest : undefined;
  }
}
