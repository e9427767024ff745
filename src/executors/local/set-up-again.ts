import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunningJob } from "../executor.ts";
import { setUpFailed } from "../step/job-end.ts";
import type { ControlFiles } from "./control-files.ts";

/**
 * So often a sandbox is set up for one job at the most. Where projects and sockets come and go all the time, several
 * set-ups in a row can fail for a place that vanished.
 */
export const MOST_SET_UPS = 8;

/**
 * The folders for the control files of one try after the other; only the first is sure to exist. Each try has its own,
 * since the protection against a second start is that the file `pid` of a folder is made once: what is over is never
 * begun again.
 */
export function setUpFolders(control: string): readonly string[] {
  return [control, ...Array.from({ length: MOST_SET_UPS - 1 }, (_, index) => join(control, `again-${index + 1}`))];
}

/** Returns the folder of the last try that has begun or was about to; the first if there is none. */
export function lastSetUp(control: string): string {
  const folders = setUpFolders(control);
  // In the order in which they are made: hardly any job has a second one, and each step asks several times.
  const missing = folders.findIndex((folder, index) => index > 0 && !existsSync(folder));
  return folders.at(missing - 1) ?? control;
}

/** The folder of the try after the one in `last`; undefined where enough have failed. */
export function nextSetUp(control: string, last: string): string | undefined {
  const folders = setUpFolders(control);
  return folders[folders.indexOf(last) + 1];
}

/** A job as far as it has come, with its control files. */
export interface BegunJob {
  readonly files: ControlFiles;
  readonly running: RunningJob;
}

/**
 * A job whose sandbox is set up anew (`again`) where that failed before anything of the step ran: something that it was
 * to hide or show can vanish between the look at the machine and the mounts. Not once somebody has wanted it to end.
 * `again` gives undefined when it has been tried often enough.
 */
export function setUpAgain(first: BegunJob, again: (failed: BegunJob) => Promise<BegunJob> | undefined): RunningJob {
  let current = Promise.resolve(first);
  let latest = first;
  let isWanted = true;
  const ended = (async () => {
    while (true) {
      const end = await latest.running.ended;
      if (!isWanted || !setUpFailed(latest.files)) return end;
      const next = again(latest);
      if (next === undefined) return end;
      current = next;
      latest = await next;
    }
  })();
  // The caller may look at `ended` late; a failure must not pass for an unhandled one until then.
  ended.catch(() => undefined);
  return {
    ended,
    signal: async (kind) => {
      isWanted = false;
      await (await current).running.signal(kind);
    },
    terminate: async () => {
      isWanted = false;
      await (await current).running.terminate?.();
    },
    use: async (since) => (await latest.running.use?.(since)) ?? [],
    endedAt: () => latest.running.endedAt?.(),
  };
}
