import { readFileSync, readlinkSync } from "node:fs";
import { statFields } from "../../machine/index.ts";
import type { UseReading, UseTotals } from "./use-reading.ts";

/** Fields of /proc/PID/stat: a process's time, and that of its children that have ended, in user and system mode. */
const TIMES = [11, 12, 13, 14];
const CHILD_TIMES = TIMES.slice(2);
/** Linux tells times in hundredths of a second, whatever the kernel counts in. */
const TICKS_PER_S = 100;
const KB = 1024;

/**
 * Returns the use of some processes of this machine. The kernel adds what an ended process used to the parent that
 * waited for it, so the living tell of the dead as well; `parent` has waited for the first of them.
 */
export function useOfProcesses(pids: readonly number[], parent: number, at: number): UseReading | undefined {
  const processes = pids.map(readProcess).filter((each) => each !== undefined);
  const waiting = fieldsOf(parent);
  if (waiting === undefined || processes.length === 0) return undefined;
  const cpu = processes.reduce((sum, each) => sum + each.cpu, 0) + ticks(waiting, CHILD_TIMES);
  const anonymous = processes.reduce((sum, each) => sum + each.anonymous, 0);
  // Pages of files and of shared memory are the same ones in most processes of a step.
  const shared = Math.max(...processes.map((each) => each.shared));
  return {
    at,
    totals: { cpu: cpu / TICKS_PER_S, ...diskOf(pids), ...networkTotals(pids) },
    memory: anonymous + shared,
    ...networkKind(pids),
    pids,
  };
}

function readProcess(pid: number): { cpu: number; anonymous: number; shared: number } | undefined {
  const fields = fieldsOf(pid);
  const status = read(`/proc/${pid}/status`);
  if (fields === undefined || status === undefined) return undefined;
  const size = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * KB;
  return { cpu: ticks(fields, TIMES), anonymous: size("RssAnon"), shared: size("RssFile") + size("RssShmem") };
}

function ticks(fields: readonly string[], places: readonly number[]): number {
  return places.reduce((sum, place) => sum + Number(fields[place] ?? 0), 0);
}

function fieldsOf(pid: number): readonly string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : statFields(stat);
}

/** Absent where a process of another user keeps its figures to itself: half of a sum would be a wrong one. */
function diskOf(pids: readonly number[]): Pick<UseTotals, "read" | "written"> {
  let [bytesRead, written] = [0, 0];
  for (const pid of pids) {
    const text = read(`/proc/${pid}/io`);
    if (text === undefined) {
      if (fieldsOf(pid) === undefined) continue;
      return {};
    }
    bytesRead += Number(/^read_bytes: (\d+)/m.exec(text)?.[1] ?? 0);
    written += Number(/^write_bytes: (\d+)/m.exec(text)?.[1] ?? 0);
  }
  return { read: bytesRead, written };
}

/** All that passed the interfaces that the youngest process sees: whoever builds its sandbox may see others. */
function networkTotals(pids: readonly number[]): Pick<UseTotals, "received" | "sent"> {
  const text = read(`/proc/${Math.max(...pids)}/net/dev`);
  return text === undefined ? {} : interfaceTotals(text);
}

/** Sums /proc/net/dev without the loopback. */
export function interfaceTotals(text: string): { readonly received: number; readonly sent: number } {
  let [received, sent] = [0, 0];
  for (const [, name, figures = ""] of text.matchAll(/^\s*(\S+):\s*(.*)$/gm)) {
    if (name === "lo") continue;
    const columns = figures.trim().split(/\s+/);
    received += Number(columns[0] ?? 0);
    sent += Number(columns[8] ?? 0);
  }
  return { received, sent };
}

function networkKind(pids: readonly number[]): Pick<UseReading, "network"> {
  try {
    const [step, machine] = [`/proc/${Math.max(...pids)}/ns/net`, "/proc/self/ns/net"].map((path) =>
      readlinkSync(path),
    );
    return { network: step === machine ? "machine" : "step" };
  } catch {
    return {};
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // It has ended meanwhile, or belongs to someone else.
    return undefined;
  }
}
