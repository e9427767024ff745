import { existsSync } from "node:fs";
import { constants } from "node:os";
import type { JobEnd } from "../executor.ts";
import { type ControlFiles, readExit, readStatus, readWrapper, type WrapperRecord } from "../local/control-files.ts";
import { commandOfLine } from "./step-script.ts";

/** The content of the status file that supervisor and sandbox left. */
interface Status {
  readonly started: boolean;
  /** The supervisor as it sees itself: 1 within a sandbox. */
  readonly supervisor: number | undefined;
  readonly exitStatus: number | undefined;
  readonly failedLine: number | undefined;
  /** The lines that the shell or the sandbox printed itself, before and after the step began. */
  readonly saidBefore: readonly string[];
  readonly saidAfter: readonly string[];
}

export function parseStatus(text: string): Status {
  let started = false;
  let supervisor: number | undefined;
  let exitStatus: number | undefined;
  let failedLine: number | undefined;
  const saidBefore: string[] = [];
  const saidAfter: string[] = [];
  for (const line of text.split("\n")) {
    const own = /^headrace: (started|exited|line) ?(\d*)$/.exec(line);
    if (own?.[1] === "started") {
      started = true;
      supervisor ??= own[2] === "" ? undefined : Number(own[2]);
    } else if (own?.[1] === "exited") exitStatus = Number(own[2]);
    else if (own?.[1] === "line") failedLine = Number(own[2]);
    // Once the supervisor has spoken its last word, the wrapper's shell may say how the supervisor died.
    else if (line.trim() !== "" && exitStatus === undefined) (started ? saidAfter : saidBefore).push(line.trim());
  }
  return { started, supervisor, exitStatus, failedLine, saidBefore, saidAfter };
}

export function hasStarted(files: ControlFiles): boolean {
  return parseStatus(readStatus(files)).started;
}

/** The step itself has ended; the wrapper may still wait for what holds the step's streams open. */
export function stepHasEnded(files: ControlFiles): boolean {
  return parseStatus(readStatus(files)).exitStatus !== undefined;
}

export function supervisorOf(files: ControlFiles): number | undefined {
  return parseStatus(readStatus(files)).supervisor;
}

/** The sandbox was not set up, so that nothing of the step has run, and nobody ended it. */
export function setUpFailed(files: ControlFiles): boolean {
  const exit = readExit(files);
  const { sandbox } = wrapperOf(files) ?? {};
  if (exit === undefined || sandbox === undefined || sandbox === "none") return false;
  const { started, exitStatus } = parseStatus(readStatus(files));
  return (
    !started && exitStatus === undefined && !existsSync(files.killed) && signalName(exit.status - 128) === undefined
  );
}

function wrapperOf(files: ControlFiles): WrapperRecord | undefined {
  const state = readWrapper(files);
  return state.kind === "known" ? state.wrapper : undefined;
}

/** Returns the end of the job as its files tell it; undefined if they hold no end. */
export function readEnd(files: ControlFiles, command: readonly string[]): JobEnd | undefined {
  const exit = readExit(files);
  if (exit === undefined) return undefined;
  const status = parseStatus(readStatus(files));
  const killed = existsSync(files.killed);
  const end =
    status.exitStatus === undefined
      ? endWithoutSupervisor(exit.status, status, killed)
      : endOfStep(status.exitStatus, status, existsSync(files.interrupted), command);
  return exit.unlogged && !killed ? withoutLog(end) : end;
}

const UNLOGGED = "what it printed could not be kept in its log (is the disk full?)";
const BROKEN_PIPE = 128 + constants.signals.SIGPIPE;

/**
 * A step whose record has a hole is no success. One that printed on was told by a broken pipe; one that failed
 * otherwise keeps its end.
 */
function withoutLog(end: JobEnd): JobEnd {
  if (end.kind === "lost") return end;
  if (end.kind === "signalled") return end.signal === "SIGPIPE" ? { ...end, reason: UNLOGGED } : end;
  if (end.exitCode === 0) return { kind: "lost", reason: UNLOGGED };
  return end.exitCode === BROKEN_PIPE ? { ...end, reason: UNLOGGED } : end;
}

function endOfStep(exitCode: number, status: Status, interrupted: boolean, command: readonly string[]): JobEnd {
  const signal = signalName(exitCode - 128);
  // Shells announce every death by signal, save SIGINT's (and SIGPIPE's, which is thus taken for the exit code that it
  // looks like).
  if (signal !== undefined && (status.saidAfter.length > 0 || (signal === "SIGINT" && interrupted)))
    return { kind: "signalled", signal };
  const failedCommand =
    exitCode === 0 || status.failedLine === undefined ? undefined : commandOfLine(command, status.failedLine);
  return { kind: "exited", exitCode, ...(failedCommand === undefined ? {} : { failedCommand }) };
}

/** The supervisor did not get to its last line: somebody killed it, or the sandbox never let it begin. */
function endWithoutSupervisor(wrapperStatus: number, status: Status, killed: boolean): JobEnd {
  // It heeds the other signals, or as process 1 of its namespace cannot die by them.
  if (status.started || killed) return { kind: "signalled", signal: "SIGKILL" };
  const signal = signalName(wrapperStatus - 128);
  if (signal !== undefined) return { kind: "signalled", signal };
  const said = status.saidBefore.length === 0 ? `status ${wrapperStatus}` : status.saidBefore.join("; ");
  return { kind: "lost", reason: `the sandbox could not be set up: ${said}` };
}

export function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
