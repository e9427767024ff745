import { Throttle, unlessAborted } from "../../../concurrency/index.ts";
import { THIS_MACHINE } from "../../../config/index.ts";
import type { NodeResult, PlannedExecution } from "../../../planning/index.ts";
import type { ClaimLimits, FinalState, RunRecord } from "../../../store/index.ts";
import type { EngineParts } from "../../engine-parts.ts";
import type { NodeStarter } from "../../node-starter.ts";
import type { RemoteEnds } from "../../remote-ends.ts";
import { RecordedRemarks } from "../../step-remarks.ts";
import type { Worker } from "../../worker.ts";

/** Room under the limits of a project or an environment is looked for at most this often, while others commit. */
const ROOM_INTERVAL_MS = 250;

/** One of the executions that begin together. */
export interface MemberToStart {
  readonly node: PlannedExecution;
  readonly trial: number;
}

export interface MembersContext {
  readonly parts: EngineParts;
  readonly run: RunRecord;
  readonly worker: Worker;
  readonly starter: NodeStarter;
  readonly remote: RemoteEnds;
}

/**
 * Begins all members of a distributed task in this process, once there are slots for all and the limits leave room:
 * none is made before. Returns what waits for the end of each, or says why they cannot run. Rejects with the signal's
 * reason.
 */
export async function startMembers(
  { parts, run, worker, starter, remote }: MembersContext,
  members: readonly MemberToStart[],
  results: Readonly<Record<string, NodeResult>>,
  signal: AbortSignal,
): Promise<readonly Promise<FinalState>[] | string> {
  const { name = "", environment = THIS_MACHINE } = members[0]?.node ?? {};
  const limit = limitOf(parts.limits, environment);
  if (limit < members.length)
    return `its ${members.length} members run at the same time, and at most ${limit} executions may (${environment})`;
  const remarks = new RecordedRemarks(parts, { runId: run.id, node: name });
  remarks.progress(`waits for room for its ${members.length} members`);
  const ask = async (): Promise<readonly Promise<FinalState>[] | string | undefined> => {
    const slots = await worker.takeSlots(environment, members.length, signal);
    if (slots === undefined) return `the engine that drives the run has no environment ${environment}`;
    let started: Awaited<ReturnType<NodeStarter["startMembers"]>>;
    try {
      started = await starter.startMembers(members, results);
    } catch (error) {
      for (const slot of slots) slot[Symbol.dispose]();
      throw error;
    }
    if (started === undefined || typeof started === "string") {
      for (const slot of slots) slot[Symbol.dispose]();
      return started;
    }
    return started.map(async (work, index) => {
      const state = await worker.execute(work, slots[index] as Disposable);
      return state ?? (await remote.endOf(work.execution.id));
    });
  };
  try {
    return await untilThereIsRoom(ask, parts.store.events.listen, signal);
  } finally {
    await remarks.close({ write: false });
  }
}

function limitOf(limits: ClaimLimits | undefined, environment: string): number {
  const { project = Number.POSITIVE_INFINITY, environments } = limits ?? {};
  return Math.min(project, environments?.[environment] ?? Number.POSITIVE_INFINITY);
}

/** Asks again after commits, each of which may make room under the limits. */
async function untilThereIsRoom<T>(
  ask: () => Promise<T | undefined>,
  listen: (listener: () => void) => () => void,
  signal: AbortSignal,
): Promise<T> {
  let heard = Promise.withResolvers<void>();
  using throttle = new Throttle(ROOM_INTERVAL_MS, () => heard.resolve());
  const unsubscribe = listen(() => throttle.call());
  try {
    for (;;) {
      heard = Promise.withResolvers<void>();
      const answer = await ask();
      if (answer !== undefined) return answer;
      await unlessAborted(heard.promise, signal);
    }
  } finally {
    unsubscribe();
  }
}
