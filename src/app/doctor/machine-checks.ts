import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { type Finding, ok, trouble } from "./finding.ts";

export type Look = Omit<Finding, "check">;

/** With less, the next run is likely to fail; with a tenth of it, records themselves cannot be written. */
const SCANTY_BYTES = 2e9;
const NOTHING_BYTES = 200e6;
const FEW_INODES = 10_000;
/** This program is newer than any clock that is right. */
const EARLIEST = Date.UTC(2026, 0, 1);
const PROGRAM_MS = 1_200;

/** Node.js: as package.json wants it. */
export function lookAtNode(version = process.versions.node): Look {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if ((major === 24 && minor >= 15) || major >= 26) return ok(`Node.js ${version}`);
  return trouble("broken", `Node.js ${version}`, "install Node.js 24.15 or newer, or 26");
}

/** The clock alone, and against what was written to the disk last: a jump back makes times of records nonsense. */
export function lookAtClock(newest: number | undefined, now = Date.now()): Look {
  const shown = new Date(now).toISOString();
  if (now < EARLIEST) return trouble("broken", `it is ${shown}, which cannot be`, "set the clock right (timedatectl set-ntp true)");
  if (newest !== undefined && newest > now + 60_000) {
    return trouble(
      "warning",
      `it is ${shown}, but records were written at ${new Date(newest).toISOString()}`,
      "set the clock right (timedatectl set-ntp true)",
    );
  }
  return ok(shown);
}

export async function lookAtSpace(folder: string): Promise<Look> {
  const { bavail, bsize, blocks, ffree, files } = await statfs(folder);
  const free = bavail * bsize;
  const words = `${gigabytes(free)} of ${gigabytes(blocks * bsize)} free below ${folder}`;
  const mend = "`headrace gc` says what can be removed";
  if (free < NOTHING_BYTES) return trouble("broken", words, mend);
  if (files > 0 && ffree < FEW_INODES) return trouble("warning", `${words}, but only ${ffree} more files can be made`, mend);
  return free < SCANTY_BYTES ? trouble("warning", words, mend) : ok(words);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** What steps may fill, too: on many machines it is a small disk of its own, or memory. */
export async function lookAtTemporary(): Promise<Look> {
  const folder = tmpdir();
  try {
    if (!statSync(folder).isDirectory()) return trouble("broken", `${folder} is no folder`, "set TMPDIR to a folder that you may write to");
  } catch {
    return trouble("broken", `${folder} does not exist`, "set TMPDIR to a folder that you may write to");
  }
  const { bavail, bsize } = await statfs(folder);
  const words = `${gigabytes(bavail * bsize)} free below ${folder}`;
  return bavail * bsize < NOTHING_BYTES ? trouble("warning", words, "set TMPDIR to a folder on a larger disk") : ok(words);
}

export async function lookAtGit(root: string, env: Readonly<Record<string, string>>): Promise<Look> {
  const version = await firstLine("git", ["--version"], env);
  if (version === undefined)
    return trouble("absent", "git was not found", "install git; without it, each version of the code is named by its content only");
  const inside = await firstLine("git", ["-C", root, "rev-parse", "--is-inside-work-tree"], env);
  return ok(inside === "true" ? version : `${version}; the project is in no repository`);
}

export async function lookAtPython(env: Readonly<Record<string, string>>): Promise<Look> {
  const version = await firstLine("python3", ["-c", "import sys; print(sys.version.split()[0])"], env);
  if (version === undefined) return trouble("absent", "python3 was not found", "install Python 3 if your steps need it");
  const [uv, venv] = await Promise.all([
    firstLine("uv", ["--version"], env),
    firstLine("python3", ["-c", "import venv, ensurepip; print('yes')"], env),
  ]);
  const builders = [...(uv === undefined ? [] : [uv]), ...(venv === "yes" ? ["venv and pip"] : [])];
  if (builders.length === 0) {
    return trouble(
      "warning",
      `Python ${version}, with nothing to build environments`,
      "install uv, or the package python3-venv, for steps with requirements",
    );
  }
  return ok(`Python ${version}, environments by ${builders[0]}`);
}

/**
 * Whether reading a file shows in its access time: then it can be told which files of the code a step has read, so that others may change
 * without running it again. Mounts with `noatime` do not; `relatime`, which is usual, does.
 */
export function lookAtAccessTimes(folder: string, table = mountTable()): Look {
  const mount = table.filter(({ path }) => path === "/" || folder === path || folder.startsWith(`${path}/`)).at(-1);
  if (mount === undefined) return ok("not known here");
  if (!mount.options.includes("noatime")) return ok(`kept on ${mount.path} (${mount.type})`);
  return trouble(
    "warning",
    `${mount.path} is mounted with noatime`,
    "mount it with relatime, so that what a step reads can be told; till then any change of the code runs it again",
  );
}

interface Mount {
  readonly path: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** In the order of mounting, so that the last that fits counts; longer paths come later by nature. */
function mountTable(): readonly Mount[] {
  try {
    return parseMounts(readFileSync("/proc/self/mounts", "utf8"));
  } catch {
    // Only Linux has it.
    return [];
  }
}

export function parseMounts(text: string): readonly Mount[] {
  const mounts = text.split("\n").flatMap((line) => {
    const [, path, type, options] = line.split(" ");
    if (path === undefined || type === undefined || options === undefined) return [];
    return [
      {
        path: path.replaceAll(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
        type,
        options: options.split(","),
      },
    ];
  });
  return mounts.sort((a, b) => a.path.length - b.path.length);
}

/** What a program says first; undefined where it is not there, fails or takes too long. */
function firstLine(program: string, options: readonly string[], env: Readonly<Record<string, string>>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const how = { env: { ...env, LC_ALL: "C" }, timeout: PROGRAM_MS, killSignal: "SIGKILL" as const };
    execFile(program, [...options], how, (error, stdout) => resolve(error === null ? (stdout.split("\n")[0] ?? "").trim() : undefined));
  });
}
