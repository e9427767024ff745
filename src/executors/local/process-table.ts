import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import { identify, START_TIME, statFields } from "../../machine/index.ts";
import { EXECUTION_MARKER } from "../step/step-environment.ts";
import type { WrapperRecord } from "./control-files.ts";

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /**
   * The session (Linux) or again the process group (elsewhere): the wrapper's pid for all who have not made their own.
   */
  readonly session: number;
  /** In ticks since boot; infinite where unknown. */
  readonly startTime: number;
  /** It was listed, and gone when looked at. */
  readonly vanished: boolean;
}

/** The processes that belong to a job, as far as they are found. */
export interface JobProcesses {
  /** Process 1 of the step's pid namespace, seen from outside: its death is the death of all in it. */
  readonly init: number | undefined;
  /** The supervisor, who leads the step's process group: process 1, or without a sandbox a child of the wrapper. */
  readonly leader: number | undefined;
  /** The step's own processes. */
  readonly step: readonly number[];
  /** The processes that build and guard the sandbox. */
  readonly guards: readonly number[];
  /** The process group of each of `step`. */
  readonly groups: ReadonlyMap<number, number>;
}

/** Every process of the machine that is not dead already. */
export async function processTable(): Promise<readonly ProcessEntry[]> {
  return process.platform === "linux" ? tableOfProc() : tableOfPs();
}

function tableOfProc(pids: readonly number[] = allPids()): readonly ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const pid of pids) {
    const stat = readProc(String(pid), "stat");
    const fields = statFields(stat ?? "");
    const [state, parent, group, session] = fields;
    if (state === "Z" || state === "X") continue;
    const startTime = Number(fields[START_TIME] ?? 0);
    entries.push({
      pid,
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
      startTime,
      vanished: stat === undefined,
    });
  }
  return entries;
}

function allPids(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function tableOfPs(): Promise<readonly ProcessEntry[]> {
  return new Promise((resolve, reject) => {
    execFile("/bin/ps", ["-A", "-o", "pid=,ppid=,pgid=,stat="], { cwd: "/", maxBuffer: 1 << 26 }, (error, stdout) => {
      if (error !== null) return reject(error);
      const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/));
      resolve(
        rows
          .filter(([pid, , , state]) => pid !== undefined && pid !== "" && !state?.startsWith("Z"))
          .map(([pid, parent, group]) => ({
            pid: Number(pid),
            parent: Number(parent),
            group: Number(group),
            session: Number(group),
            startTime: Number.POSITIVE_INFINITY,
            vanished: false,
          })),
      );
    });
  });
}

export async function findJobProcesses(wrapper: WrapperRecord, executionId: string): Promise<JobProcesses> {
  const table = await processTable();
  const own = descendants(table, wrapper.identity.pid);
  const groups = new Map(table.map((entry) => [entry.pid, entry.group]));
  const { pid } = wrapper.identity;
  for (const reader of wrapper.readers) own.delete(reader);
  if (wrapper.sandbox !== "none") return { ...sandboxed(own, pid), groups };
  const leader = table.find((entry) => entry.parent === pid && entry.session === entry.pid)?.pid;
  return { init: undefined, leader, step: unboxed(table, own, [pid, leader], executionId), guards: [], groups };
}

/**
 * The processes below the wrapper, and those that have left them without leaving the step's session (as the children of
 * a process that has ended).
 */
export function membersOf(table: readonly ProcessEntry[], wrapper: number): readonly number[] {
  const below = descendants(table, wrapper);
  const sessions = new Set(table.filter(({ pid, session }) => below.has(pid) && session === pid).map(({ pid }) => pid));
  return table.filter(({ pid, session }) => below.has(pid) || sessions.has(session)).map(({ pid }) => pid);
}

function descendants(table: readonly ProcessEntry[], root: number): Set<number> {
  const children = Map.groupBy(table, (entry) => entry.parent);
  const found = new Set<number>();
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (found.has(child.pid)) continue;
      found.add(child.pid);
      open.push(child.pid);
    }
  }
  return found;
}

/** By pid namespace: `NSpid` lists a process's number in each namespace from ours inwards. */
function sandboxed(own: ReadonlySet<number>, wrapper: number): Omit<JobProcesses, "groups"> {
  const depth = namespacePids(wrapper).length;
  let init: number | undefined;
  const step: number[] = [];
  const guards: number[] = [];
  for (const pid of own) {
    const inner = namespacePids(pid)[depth];
    if (inner === undefined) guards.push(pid);
    else if (inner === 1) init = pid;
    else step.push(pid);
  }
  return { init, leader: init, step, guards };
}

function namespacePids(pid: number): readonly number[] {
  const line = /^NSpid:\s*(.*)$/m.exec(readProc(String(pid), "status") ?? "")?.[1];
  return line === undefined ? [] : line.split(/\s+/).map(Number);
}

/**
 * Descendants of the wrapper, members of the supervisor's session, and whoever carries the execution's mark in its
 * environment.
 */
function unboxed(
  table: readonly ProcessEntry[],
  own: ReadonlySet<number>,
  [wrapper, leader]: readonly [number, number | undefined],
  executionId: string,
): readonly number[] {
  return table
    .filter(({ pid }) => pid !== wrapper && pid !== leader)
    .filter(({ pid, session }) => own.has(pid) || session === leader || markOf(pid, executionId) === "present")
    .map(({ pid }) => pid);
}

/**
 * Returns true if the step's own program runs: until then its process is a fork of the supervisor, which would swallow
 * a SIGINT.
 */
export function isUnderWay({ leader, step }: JobProcesses): boolean {
  if (process.platform !== "linux") return step.length > 0;
  if (leader === undefined) return false;
  const supervisor = readProc(String(leader), "cmdline");
  return step.some((pid) => readProc(String(pid), "cmdline") !== supervisor);
}

/** It leads a session of its own, and lives. */
export function isLeader(pid: number): boolean {
  const [entry] = process.platform === "linux" ? tableOfProc([pid]) : [];
  return entry !== undefined && !entry.vanished && entry.session === pid;
}

export interface Leftovers {
  readonly pids: readonly number[];
  /** False when processes came and went during the look, of which one may have left a child that the look missed. */
  readonly certain: boolean;
}

/**
 * Finds the processes left of a job whose step has ended, or whose wrapper has. The pids may be others' by now: then
 * only the mark counts. `ageMs`, the time since the wrapper's start, allows a shorter look at a step that was not long.
 */
export async function findLeftovers(
  { identity: wrapper, sandbox, readers }: WrapperRecord,
  supervisor: number | undefined,
  executionId: string,
  ageMs: number,
): Promise<Leftovers> {
  const holder = await identify(wrapper.pid);
  const reused = holder !== undefined && (holder.startTime !== wrapper.startTime || holder.bootId !== wrapper.bootId);
  const spared = new Set([...readers, ...(reused ? [] : [wrapper.pid])]);
  const newest = newestPid();
  const recent = pidsSince(wrapper.pid, newest, ageMs);
  const table = recent === undefined ? await processTable() : tableOfProc(recent.pids);
  const session = sandbox === "none" ? sessionOf(table, supervisor, wrapper.pid) : undefined;
  const pids: number[] = [];
  let unknown = false;
  for (const entry of table) {
    const { pid } = entry;
    // A process older than the wrapper cannot be of its making.
    if (entry.vanished || entry.startTime < Number(wrapper.startTime) || spared.has(pid)) continue;
    const mark = session !== undefined && entry.session === session ? "present" : markOf(pid, executionId);
    if (mark === "present") pids.push(pid);
    // A process in the midst of exec shows no environment at all.
    if (mark === "unknown") unknown = true;
  }
  const undisturbed = newest === newestPid() || (recent?.listed !== false && !table.some((entry) => entry.vanished));
  return { pids, certain: undisturbed && !unknown };
}

/** The supervisor's session, unless another has its pid now. (It cannot while a member of that session lives.) */
function sessionOf(
  table: readonly ProcessEntry[],
  supervisor: number | undefined,
  wrapper: number,
): number | undefined {
  const holder = table.find(({ pid }) => pid === supervisor);
  return holder === undefined || holder.parent === wrapper ? supervisor : undefined;
}

/** The readers of a job that still live. Their pids may be others' by now, but not in this session. */
export async function livingReaders({ identity, readers }: WrapperRecord): Promise<readonly number[]> {
  const table = readers.length === 0 ? [] : await processTable();
  return table.filter(({ pid, session }) => readers.includes(pid) && session === identity.pid).map(({ pid }) => pid);
}

/** The last pid given out in our namespace: the same before and after means that nothing was forked in between. */
function newestPid(): number | undefined {
  const last = /(\d+)\s*$/.exec(readProc("", "loadavg") ?? "")?.[1];
  return last === undefined ? undefined : Number(last);
}

/** To try so many pids costs less than to list all that there are. */
const FEW = 20;
/** More than any machine makes. */
const FORKS_PER_MS = 66;

/**
 * Pids are given out in order, so a step's processes have those behind its wrapper's, until all have been given out
 * once: to look at these few takes 0.2 ms, at all of a machine's 4 ms and more, for each step. `listed`: they are all
 * that lived at that moment, so that whoever has a child meanwhile is among them.
 */
function pidsSince(
  wrapper: number,
  newest: number | undefined,
  ageMs: number,
): { readonly pids: readonly number[]; readonly listed: boolean } | undefined {
  // 32,768, on most machines 4 million.
  const mostPids = Number(readProc("sys/kernel", "pid_max") ?? 0);
  if (newest === undefined || newest < wrapper || ageMs > mostPids / FORKS_PER_MS) return undefined;
  if (newest - wrapper > FEW) return { pids: allPids().filter((pid) => pid > wrapper), listed: true };
  return { pids: Array.from({ length: newest - wrapper }, (_, index) => wrapper + 1 + index), listed: false };
}

function markOf(pid: number, executionId: string): "present" | "absent" | "unknown" {
  if (process.platform !== "linux") return "absent";
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
    if (environment === "") return "unknown";
    return environment.split("\0").includes(`${EXECUTION_MARKER}=${executionId}`) ? "present" : "absent";
  } catch (error) {
    const code = systemErrorCode(error);
    return code === "EACCES" || code === "EPERM" ? "absent" : "unknown";
  }
}

function readProc(pid: string, file: string): string | undefined {
  try {
    return readFileSync(join("/proc", pid, file), "latin1");
  } catch {
    // It has ended meanwhile, or belongs to someone else.
    return undefined;
  }
}

/**
 * A job in the background of a shell ignores SIGINT by POSIX; where it handles SIGTERM, that is how it wants to be
 * told.
 */
export function wantsTerm(pid: number): boolean {
  const status = readProc(String(pid), "status") ?? "";
  return (
    hasSignal(status, "SigIgn", constants.signals.SIGINT) && hasSignal(status, "SigCgt", constants.signals.SIGTERM)
  );
}

function hasSignal(status: string, field: string, signal: number): boolean {
  const mask = new RegExp(`^${field}:\\s*([0-9a-f]+)`, "m").exec(status)?.[1] ?? "0";
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** Sends a signal; a process that is gone has what it needs. */
export function sendSignal(pid: number, signal: "SIGINT" | "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: gone. EPERM: it has changed its user (a set-uid program), and is out of our reach.
  }
}
