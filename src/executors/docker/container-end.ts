import { existsSync, readFileSync } from "node:fs";
import { constants, totalmem } from "node:os";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import type { JobEnd, JobSpec } from "../executor.ts";
import { limitOfMemory } from "../memory-limit.ts";
import { commandOfLine } from "../step/step-script.ts";
import { SECOND_START } from "./container-script.ts";

/**
 * The files kept for a container in `control/`: an engine that never saw its start learns everything from here and from
 * the daemon.
 */
export interface ContainerFiles {
  readonly control: string;
  /** Process 1's program. */
  readonly boot: string;
  /** The step's commands for bash, or for the interpreter that they name. */
  readonly script: string;
  /** The same for an image without bash. */
  readonly shellScript: string;
  /** Made once, exclusively, by process 1. */
  readonly begun: string;
  /** The messages of process 1, line by line. */
  readonly status: string;
  /** We sent SIGINT. */
  readonly interrupted: string;
  /** And SIGKILL. */
  readonly killed: string;
}

export function containerFiles(control: string): ContainerFiles {
  return {
    control,
    boot: join(control, "boot"),
    script: join(control, "script"),
    shellScript: join(control, "script.sh"),
    begun: join(control, "begun"),
    status: join(control, "status"),
    interrupted: join(control, "interrupted"),
    killed: join(control, "killed"),
  };
}

export interface ContainerStatus {
  /** Numbers of the readers, once the step is about to be started. */
  readonly readers: readonly [string, string] | undefined;
  readonly exitStatus: number | undefined;
  readonly failedLine: number | undefined;
  /** The logs are complete. */
  readonly done: boolean;
  readonly unlogged: boolean;
  /** Lines of the shell itself after the step began: they name the signal that ended the step. */
  readonly said: readonly string[];
}

export function parseStatus(text: string): ContainerStatus {
  let readers: readonly [string, string] | undefined;
  let exitStatus: number | undefined;
  let failedLine: number | undefined;
  const flags = new Set<string>();
  const said: string[] = [];
  for (const line of text.split("\n")) {
    const own = /^headrace: (started|exited|line|done|unlogged) ?(\d*) ?(\d*)$/.exec(line);
    if (own === null) {
      if (readers !== undefined && exitStatus === undefined && line.trim() !== "") said.push(line.trim());
      continue;
    }
    const [, word = "", first = "", second = ""] = own;
    if (word === "started") readers = [first, second];
    else if (word === "exited") exitStatus = Number(first);
    else if (word === "line") failedLine = Number(first);
    else flags.add(word);
  }
  return { readers, exitStatus, failedLine, done: flags.has("done"), unlogged: flags.has("unlogged"), said };
}

export function readStatus(files: ContainerFiles): ContainerStatus {
  try {
    return parseStatus(readFileSync(files.status, "utf8"));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return parseStatus("");
    throw error;
  }
}

/** The end of the container as the daemon saw it; absent if the container is gone. */
export interface ContainerState {
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  readonly error: string;
}

/** Returns the end of the step: by its own note if there is one, else as the daemon saw its container end. */
export function endOf(job: JobSpec, files: ContainerFiles, state: ContainerState | undefined): JobEnd {
  const status = readStatus(files);
  if (status.unlogged) return { kind: "lost", reason: "its log could not be written (is the disk full?)" };
  const memory =
    state?.outOfMemory === true && state.exitCode !== 0
      ? ({ reason: outOfMemory(job), outOfMemory: true } as const)
      : {};
  if (status.exitStatus !== undefined) {
    const signal = signalName(status.exitStatus - 128);
    const announced = status.said.length > 0 || (signal === "SIGINT" && existsSync(files.interrupted));
    if (signal !== undefined && announced) return { kind: "signalled", signal, ...memory };
    const failedCommand =
      status.exitStatus === 0 || status.failedLine === undefined
        ? undefined
        : commandOfLine(job.command, status.failedLine);
    return {
      kind: "exited",
      exitCode: status.exitStatus,
      ...(failedCommand === undefined ? {} : { failedCommand }),
      ...memory,
    };
  }
  if (state === undefined) return { kind: "lost", reason: "its container was removed from outside" };
  if (state.error !== "") return { kind: "lost", reason: `its container ended: ${state.error}` };
  if (state.exitCode === 137 || state.outOfMemory) {
    if (existsSync(files.killed)) return { kind: "signalled", signal: "SIGKILL" };
    return { kind: "signalled", signal: "SIGKILL", reason: KILLED_FROM_OUTSIDE, ...memory };
  }
  if (!existsSync(files.begun))
    return { kind: "lost", reason: `its container ended with status ${state.exitCode} before the step began` };
  // `docker restart`: the start that followed has found the step begun.
  if (state.exitCode === SECOND_START) return { kind: "signalled", signal: "SIGKILL", reason: KILLED_FROM_OUTSIDE };
  return { kind: "lost", reason: `its container ended with status ${state.exitCode} before the step did` };
}

const KILLED_FROM_OUTSIDE = "its container was killed from outside, or by a restart of the container engine";

function outOfMemory({ resources }: JobSpec): string {
  const limit = resources?.memoryMaxMb;
  return limit === undefined || limit * 1024 * 1024 >= totalmem()
    ? "it ran out of memory: the machine had no more to give"
    : `it ran out of memory: it needed more than the ${limit} MB that it may use (${limitOfMemory(resources)})`;
}

function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
