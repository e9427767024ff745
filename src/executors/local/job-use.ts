import type { MachineFacts } from "../../machine/index.ts";
import { useOfProcesses } from "../use/process-use.ts";
import type { UseReading } from "../use/use-reading.ts";
import { type ControlFiles, readWrapper } from "./control-files.ts";
import { membersOf, processTable } from "./process-table.ts";

/** One list of processes does for all steps that are looked at together. */
const SHARED_MS = 200;

/** Returns the use of the machine by the processes of a job, as Linux reports it; nothing on other systems. */
export async function useOfJob(files: ControlFiles, machine: MachineFacts): Promise<readonly UseReading[]> {
  if (process.platform !== "linux") return [];
  const state = readWrapper(files);
  if (state.kind !== "known") return [];
  const { identity, readers } = state.wrapper;
  const table = await machine.once(processTable, "", processTable, { maxAgeMs: SHARED_MS });
  const wrapper = table.find(({ pid }) => pid === identity.pid);
  // Its pid may be another's by now.
  if (wrapper === undefined || String(wrapper.startTime) !== identity.startTime) return [];
  const pids = membersOf(table, identity.pid).filter((pid) => !readers.includes(pid));
  const reading = useOfProcesses(pids, identity.pid, Date.now());
  return reading === undefined ? [] : [reading];
}
