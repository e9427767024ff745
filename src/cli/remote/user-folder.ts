import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { homeFolder } from "../../home-folders.ts";
import { makeFolder } from "../../make-folder.ts";
import type { Cli } from "../cli.ts";

/** `$XDG_CONFIG_HOME/headrace`, or the same below `~/.config`. */
export function userFile({ env }: Pick<Cli, "env">, name: string): string {
  const config = env.XDG_CONFIG_HOME;
  const folder = config?.startsWith("/") === true ? config : join(homeFolder(env) ?? "/", ".config");
  return join(folder, "headrace", name);
}

/** The content of a file of the user's own; undefined where there is none. Throws where it is no JSON object. */
export function readUserFile(path: string): Readonly<Record<string, unknown>> | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || systemErrorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Told below.
  }
  throw new HeadraceError("HR_USAGE", `${path} is no JSON object`, {
    hint: "mend it, or remove it and log in anew",
  });
}

/** Writes a file that nobody but the user can read, so that it is there whole or as it was. */
export function writeUserFile(path: string, value: object): void {
  const folder = join(path, "..");
  makeFolder(folder, 0o700);
  const part = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    writeFileSync(part, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(part, path);
  } finally {
    rmSync(part, { force: true });
  }
}

/** Nobody else may read what logs its user in. A file that others can read is closed to them. */
export function closeToOthers(path: string): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) !== 0) chmodSync(path, 0o600);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
