import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import type { ProcessIdentity } from "../../machine/index.ts";

/**
 * The files that the executor keeps for a job on disk, in `control/`. The files are the whole memory: an engine that
 * never saw the start of a job learns everything from them.
 *
 *     script        the step's commands, as its interpreter reads them
 *     pid           who runs the step; made once, exclusively, by the wrapper itself (see wrapper-script.ts); then who keeps its log
 *     status        what supervisor and sandbox said, line by line, while the step ran
 *     exit          the wrapper's own last word: begins with a number, ` unlogged` if the log is not whole, and a newline = the job has
 *                   ended; blanks until then
 *     interrupted   the step was sent SIGINT by us
 *     killed        and SIGKILL
 *     again-1/      the same for a second set-up of the sandbox, where the first failed (set-up-again.ts); again-2/ and so on for more
 */
export interface ControlFiles {
  readonly script: string;
  readonly pid: string;
  readonly status: string;
  readonly exit: string;
  readonly interrupted: string;
  readonly killed: string;
}

export function controlFiles(control: string): ControlFiles {
  return {
    script: join(control, "script"),
    pid: join(control, "pid"),
    status: join(control, "status"),
    exit: join(control, "exit"),
    interrupted: join(control, "interrupted"),
    killed: join(control, "killed"),
  };
}

/** Renamed into place: a shell reads its script as it goes, and another engine's wrapper may be doing so. */
export function writeScript(files: ControlFiles, text: string): void {
  const temporary = `${files.script}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o755 });
  renameSync(temporary, files.script);
}

/** Removes the files of engines that died before they had renamed them into place: scripts, and folders of watch.ts. */
export function removeUnfinished(control: string): void {
  const names = existsSync(control) ? readdirSync(control) : [];
  for (const name of names)
    if (/^(script|trace)\.\d+$/.test(name)) rmSync(join(control, name), { recursive: true, force: true });
}

export type SandboxKind = "bubblewrap" | "unshare" | "none";

export interface WrapperRecord {
  readonly identity: ProcessIdentity;
  readonly sandbox: SandboxKind;
  /** The processes, in the wrapper's session, that append to the log what the step prints. */
  readonly readers: readonly number[];
}

/** `starting` is a file whose one line has not been written yet. */
export type WrapperState =
  | { readonly kind: "absent" }
  | { readonly kind: "starting" }
  | { readonly kind: "known"; readonly wrapper: WrapperRecord };

export function readWrapper(files: ControlFiles): WrapperState {
  const text = readIfThere(files.pid);
  if (text === undefined) return { kind: "absent" };
  const match = /^(\d+) (\S+) (bubblewrap|unshare|none) (.+)\n(?:readers (\d+) (\d+)\n)?/.exec(text);
  if (match === null) return { kind: "starting" };
  const [, pid = "", bootId = "", sandbox = "", startTime = "", ...readers] = match;
  return {
    kind: "known",
    wrapper: {
      identity: { pid: Number(pid), bootId, startTime: startTime.trim() },
      sandbox: sandbox as SandboxKind,
      readers: readers.filter((reader) => reader !== undefined).map(Number),
    },
  };
}

export interface WrapperExit {
  /** The status of the supervisor or of the sandbox around it. */
  readonly status: number;
  /** The log is not whole: the process that kept it could not write, or was killed. */
  readonly unlogged: boolean;
}

/** The wrapper's last word; undefined while the job runs. */
export function readExit(files: ControlFiles): WrapperExit | undefined {
  // One write of a few bytes over the blanks that keep room for it: anything else is a job that runs, or did when the
  // machine went down.
  const match = /^(\d+)( unlogged)?\n/.exec(readIfThere(files.exit) ?? "");
  return match === null ? undefined : { status: Number(match[1]), unlogged: match[2] !== undefined };
}

/**
 * Beginning and end of the status file, each so much at most: a step can write to it, and without end. The parts that
 * count are at its ends.
 */
const STATUS_PART_BYTES = 64 * 1024;

export function readStatus(files: ControlFiles): string {
  let descriptor: number;
  try {
    descriptor = openSync(files.status, "r");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return "";
    throw error;
  }
  try {
    const { size } = fstatSync(descriptor);
    const head = readPart(descriptor, 0, size);
    return size <= STATUS_PART_BYTES
      ? head
      : `${head}\n${readPart(descriptor, Math.max(STATUS_PART_BYTES, size - STATUS_PART_BYTES), size)}`;
  } finally {
    closeSync(descriptor);
  }
}

/** Leaves of a status file that a step has filled what is ever read of it. To be called when the job has ended. */
export function trimStatus(files: ControlFiles): void {
  const size = statSync(files.status, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= 2 * STATUS_PART_BYTES) return;
  const kept = readStatus(files);
  const temporary = `${files.status}.new`;
  writeFileSync(temporary, kept);
  renameSync(temporary, files.status);
}

/** Mostly some forty bytes, several times a step: a buffer of the largest part for each was a third of a megabyte. */
function readPart(descriptor: number, position: number, size: number): string {
  const buffer = Buffer.allocUnsafe(Math.min(STATUS_PART_BYTES, size - position));
  return buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, buffer.length, position));
}

/** Returns the moment of the last write to a file; undefined if it is not there. */
export function writtenAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
