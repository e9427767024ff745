import { pause } from "../../concurrency/index.ts";
import type { CodeRecords } from "../../remotes/index.ts";
import type { ProjectRecord } from "../../store/index.ts";

/** Interval at which due fetches are looked for: one query for all projects. */
const LOOK_MS = 5_000;
/** A server that dies while it fetches leaves the fetch to others after this. */
const LEASE_MS = 60_000;
const RENEWAL_MS = 20_000;
/** After a failure without a schedule. */
const RETRY_MS = 300_000;
const AT_A_TIME = 4;

export interface FetchSchedule {
  readonly code: CodeRecords;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly find: (projectId: string) => Promise<ProjectRecord | undefined>;
  readonly fetch: (project: ProjectRecord, signal: AbortSignal) => Promise<void>;
  readonly onFailure: (error: unknown, project?: ProjectRecord) => void;
}

/** Makes due fetches until the signal. A fetch that is under way then is due again for the next server. */
export async function runFetchSchedule(schedule: FetchSchedule): Promise<void> {
  const { code, signal, now, find, onFailure } = schedule;
  const underWay = new Map<string, Promise<void>>();
  while (!signal.aborted) {
    try {
      for (const id of await code.dueFetches(now())) {
        if (underWay.size >= AT_A_TIME) break;
        const project = underWay.has(id) ? undefined : await find(id);
        if (project === undefined) continue;
        const working = fetchDue(schedule, project).finally(() => underWay.delete(id));
        underWay.set(id, working);
      }
    } catch (error) {
      if (!signal.aborted) onFailure(error);
    }
    await pause(LOOK_MS, signal);
  }
  await Promise.all(underWay.values());
}

async function fetchDue(schedule: FetchSchedule, project: ProjectRecord): Promise<void> {
  const { code, signal, now, onFailure } = schedule;
  let until = now() + LEASE_MS;
  try {
    if (!(await code.takeDueFetch(project, now(), until))) return;
    let isAgain = false;
    const renewal = setInterval(() => {
      const next = now() + LEASE_MS;
      code.moveDueFetch(project, until, next).then(
        (isMoved) => {
          if (isMoved) until = next;
          else isAgain = true;
        },
        () => undefined,
      );
    }, RENEWAL_MS);
    const next = await fetchOnce(schedule, project).finally(() => clearInterval(renewal));
    if (!isAgain) await code.moveDueFetch(project, until, next);
  } catch (error) {
    if (!signal.aborted) onFailure(error, project);
  }
}

/** Fetches once, and returns the moment at which the next fetch is due; null: when somebody asks for it. */
async function fetchOnce(schedule: FetchSchedule, project: ProjectRecord): Promise<number | null> {
  const { code, signal, now, fetch, onFailure } = schedule;
  let isDone = true;
  try {
    await fetch(project, signal);
  } catch (error) {
    if (signal.aborted) return now();
    isDone = false;
    onFailure(error, project);
  }
  const every = (await code.repository(project))?.fetchEveryS;
  if (every !== undefined) return now() + every * 1000;
  return isDone ? null : now() + RETRY_MS;
}
