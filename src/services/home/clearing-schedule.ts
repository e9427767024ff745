import type { HomeGarbageView } from "../../api/index.ts";
import { pause, unlessAborted } from "../../concurrency/index.ts";
import { RefusedHousekeeping } from "../housekeeping/refused-housekeeping.ts";
import type { DailyClearing } from "./clear-home.ts";

/** A server that has just started has other things to do. */
const FIRST_LOOK_MS = 5_000;
const LOOK_MS = 600_000;

export interface ClearingSchedule {
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown, project?: string) => void;
  /** Has the work of a day done once by all servers of a database; `day` names it. */
  readonly once: (day: string, work: () => Promise<void>) => Promise<"done" | "done-before" | "under-way">;
}

interface ClearingParts extends ClearingSchedule, DayToClear {
  /** Returns true if what lies on this machine was not cleared up for a day. */
  readonly isDue: (now: number) => boolean;
}

interface DayToClear extends Pick<ClearingSchedule, "once" | "onFailure"> {
  readonly now: () => number;
  readonly clear: (day: DailyClearing) => Promise<HomeGarbageView | undefined>;
}

/** Clears up once a day until the signal; what is under way then is left as it is, and gone on with another day. */
export async function runClearingSchedule(parts: ClearingParts): Promise<void> {
  const { signal, now, isDue, onFailure } = parts;
  await pause(FIRST_LOOK_MS, signal);
  while (!signal.aborted) {
    try {
      if (isDue(now())) await unlessAborted(clearOnce(parts), signal);
    } catch (error) {
      if (!signal.aborted) onFailure(error);
    }
    await pause(LOOK_MS, signal);
  }
}

/** Clears up for the day; where another process is at it, a later look does. */
export async function clearOnce({ now, once, clear, onFailure }: DayToClear): Promise<void> {
  const at = now();
  const tell = (garbage: HomeGarbageView | undefined): void => {
    for (const { project, problem } of garbage?.projects ?? [])
      if (problem !== null) onFailure(new Error(`${project} was not cleared up: ${problem}`));
    const unread = garbage?.unreadableSnapshots.length ?? 0;
    if (unread > 0) onFailure(new Error(`no stored file was touched: ${unread} lists of files cannot be read`));
  };
  try {
    const outcome = await once(new Date(at).toISOString().slice(0, 10), async () => {
      tell(await clear({ now: at, isFirst: true }));
    });
    if (outcome === "done-before") tell(await clear({ now: at, isFirst: false }));
  } catch (error) {
    if (!(error instanceof RefusedHousekeeping)) throw error;
  }
}
