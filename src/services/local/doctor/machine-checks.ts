import { readFileSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { Advice } from "../../../advice.ts";
import type { Finding } from "../../../api/index.ts";
import { askProgram, findProgram, type ProgramAnswer, pythonQuestion, SYSTEM_PATH } from "../../../ask-program.ts";
import { runGit } from "../../../snapshots/index.ts";
import { mending, ok, trouble } from "./finding.ts";

export type Look = Omit<Finding, "check">;

/** With less, the next run is likely to fail; with a tenth of it, records themselves cannot be written. */
const SCANTY_BYTES = 2e9;
const NOTHING_BYTES = 200e6;
const FEW_INODES = 10_000;
/** This program is newer than any clock that is right. */
const EARLIEST = Date.UTC(2026, 0, 1);
/** Behind a version manager's stand-in and on a busy machine, a Python needs seconds to start. */
const PROGRAM_MS = 20_000;

/** Node.js: as package.json wants it. */
export function checkNode(version = process.versions.node): Look {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if ((major === 24 && minor >= 15) || major >= 26) return ok(`Node.js ${version}`);
  return trouble("broken", `Node.js ${version}`, "install Node.js 24.15 or newer, or 26");
}

/** The clock alone, and against what was written to the disk last: a jump back makes times of records nonsense. */
export function checkClock(newest: number | undefined, now = Date.now()): Look {
  const shown = new Date(now).toISOString();
  if (now < EARLIEST)
    return trouble("broken", `it is ${shown}, which cannot be`, "set the clock right (timedatectl set-ntp true)");
  if (newest !== undefined && newest > now + 60_000) {
    return trouble(
      "warning",
      `it is ${shown}, but records were written at ${new Date(newest).toISOString()}`,
      "set the clock right (timedatectl set-ntp true)",
    );
  }
  return ok(shown);
}

export async function checkSpace(folder: string): Promise<Look> {
  const { bavail, bsize, blocks, ffree, files } = await statfs(folder);
  const free = bavail * bsize;
  const words = `${gigabytes(free)} of ${gigabytes(blocks * bsize)} free below ${folder}`;
  const mend: Advice = [{ do: "clean-up" }, " says what can be removed"];
  if (free < NOTHING_BYTES) return trouble("broken", words, mend);
  if (files > 0 && ffree < FEW_INODES)
    return trouble("warning", `${words}, but only ${ffree} more files can be made`, mend);
  return free < SCANTY_BYTES ? trouble("warning", words, mend) : ok(words);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/**
 * Checks the temporary folder, which steps may fill, too: on many machines it is a small disk of its own, or memory.
 */
export async function checkTemporary(): Promise<Look> {
  const folder = tmpdir();
  try {
    if (!statSync(folder).isDirectory())
      return trouble("broken", `${folder} is no folder`, "set TMPDIR to a folder that you may write to");
  } catch {
    return trouble("broken", `${folder} does not exist`, "set TMPDIR to a folder that you may write to");
  }
  const { bavail, bsize } = await statfs(folder);
  const words = `${gigabytes(bavail * bsize)} free below ${folder}`;
  return bavail * bsize < NOTHING_BYTES
    ? trouble("warning", words, "set TMPDIR to a folder on a larger disk")
    : ok(words);
}

export async function checkGit(root: string, env: Variables, patienceMs = PROGRAM_MS): Promise<Look> {
  const version = await ask("git", ["--version"], env, patienceMs);
  if (version.kind === "absent")
    return trouble(
      "absent",
      "git was not found",
      "install git; without it, each version of the code is named by its content only",
    );
  if (version.kind !== "said") return unanswered("git", version);
  const inside = await runGit(root, ["rev-parse", "--is-inside-work-tree"]);
  const isInside = inside.kind === "done" && inside.output.toString().trim() === "true";
  return ok(isInside ? version.text : `${version.text}; the project is in no repository`);
}

export async function checkPython(env: Variables, patienceMs = PROGRAM_MS): Promise<Look> {
  const [python, uv, venv] = await Promise.all([
    ask("python3", pythonQuestion("import sys; print(); print(sys.version.split()[0])"), env, patienceMs),
    ask("uv", ["--version"], env, patienceMs),
    ask("python3", pythonQuestion("import venv, ensurepip; print(); print('yes')"), env, patienceMs),
  ]);
  if (python.kind === "absent")
    return trouble("absent", "python3 was not found", "install Python 3 if your steps need it");
  if (python.kind !== "said") return unanswered("python3", python);
  if (uv.kind === "said") return ok(`Python ${python.text}, environments by ${uv.text}`);
  if (venv.kind === "said" && venv.text === "yes")
    return ok(
      `Python ${python.text}, environments by venv and pip; with uv (https://docs.astral.sh/uv) they are built several times faster`,
    );
  const late = [uv, venv].find(({ kind }) => kind === "late");
  if (late !== undefined) return unanswered("what builds environments", late);
  return trouble(
    "warning",
    `Python ${python.text}, with nothing to build environments`,
    "install uv, or the package python3-venv, for steps with requirements",
  );
}

/**
 * Checks whether reading a file shows in its access time: then it can be told which files of the code a step has read,
 * so that others may change without running it again. Mounts with `noatime` do not; `relatime`, which is usual, does.
 */
export function checkAccessTimes(folder: string, table = mountTable()): Look {
  const mount = table.filter(({ path }) => path === "/" || folder === path || folder.startsWith(`${path}/`)).at(-1);
  if (mount === undefined) return ok("not known here");
  if (!mount.options.includes("noatime")) return ok(`kept on ${mount.path} (${mount.type})`);
  return trouble(
    "warning",
    `${mount.path} is mounted with noatime`,
    "mount it with relatime, so that what a step reads can be told; till then any change of the code runs it again",
  );
}

/**
 * With it, it can be told of every program of a step which files of the code it used; without, of Python programs only.
 */
export function checkTracer(choice: string | undefined, searchPath = SYSTEM_PATH): Look {
  if (process.platform !== "linux") return ok("it is for Linux only");
  if (choice === "off") return ok("not used: HEADRACE_TRACER is off");
  const path = findProgram("strace", searchPath);
  if (path !== undefined) return ok(`${path} sees what steps in a sandbox use of the code`);
  return trouble(
    "absent",
    "strace was not found: for steps that are more than Python, every file of the code counts",
    "install strace, so that they are reused while what they use stays the same",
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

type Variables = Readonly<Record<string, string>>;

/** The last line of what a program says: wrappers may print something of their own before it. */
async function ask(
  name: string,
  options: readonly string[],
  environment: Variables,
  patienceMs: number,
): Promise<ProgramAnswer | { readonly kind: "absent" }> {
  const program = findProgram(name, environment.PATH ?? "");
  if (program === undefined) return { kind: "absent" };
  const answer = await askProgram({ program, options, environment, patienceMs });
  return answer.kind === "said" ? { kind: "said", text: answer.text.trim().split("\n").at(-1)?.trim() ?? "" } : answer;
}

/** A program that is slow or broken is there all the same. */
function unanswered(name: string, answer: ProgramAnswer | { readonly kind: "absent" }): Look {
  if (answer.kind === "failed")
    return trouble("warning", `${name} fails: ${answer.words}`, `see what \`${name} --version\` says`);
  return {
    state: "unknown",
    found: `${name} did not answer in time`,
    ...mending("look again when the machine is less busy, or see whether it hangs"),
  };
}
