import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemErrorCode } from "../../../errors.ts";

/** Paths below the stand-in; files are empty. */
export interface StandInContent {
  /** The name of what it stands for, if equal contents are to be kept apart. */
  readonly of?: string;
  readonly folders?: readonly string[];
  readonly files?: readonly string[];
  /** With what they lead to. */
  readonly links?: Readonly<Record<string, string>>;
}

/** Returns the folder of the stand-ins that steps share. */
export function standInsFolder(stateFolder: string): string {
  return join(stateFolder, "cache/view");
}

/**
 * A folder with this content below `home`, for steps to see read-only in the place of something that they shall not.
 * All steps that need the same share one, so that it is not made and removed again for each.
 */
export function standIn(home: string, content: StandInContent): string {
  const path = join(home, createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16));
  if (existsSync(path)) return path;
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  mkdirSync(aside, { recursive: true });
  for (const folder of content.folders ?? []) mkdirSync(join(aside, folder), { recursive: true });
  for (const file of content.files ?? []) {
    mkdirSync(dirname(join(aside, file)), { recursive: true });
    writeFileSync(join(aside, file), "");
  }
  for (const [link, target] of Object.entries(content.links ?? {})) {
    mkdirSync(dirname(join(aside, link)), { recursive: true });
    symlinkSync(target, join(aside, link));
  }
  try {
    renameSync(aside, path);
  } catch (error) {
    // Another engine was first, or two steps of this one.
    if (!existsSync(path) || systemErrorCode(error) === undefined) throw error;
    rmSync(aside, { recursive: true, force: true });
  }
  return path;
}
