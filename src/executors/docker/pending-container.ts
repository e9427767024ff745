import { writeFileSync } from "node:fs";
import { systemErrorCode } from "../../errors.ts";
import type { JobEnd, RunningJob } from "../executor.ts";
import type { ContainerFiles } from "./container-end.ts";

/**
 * A step whose container is made once the daemon is back. It can be ended before: whoever makes the marker that process
 * 1 would make decides, so that a container which comes up all the same runs nothing.
 */
export function pendingContainer(
  files: ContainerFiles,
  start: (signal: AbortSignal) => Promise<RunningJob>,
): RunningJob {
  const waiting = new AbortController();
  const began = Promise.withResolvers<number>();
  began.promise.catch(() => undefined);
  let started: RunningJob | undefined;
  let wish: "interrupt" | "kill" | undefined;
  let isCalledOff = false;
  const live = async (): Promise<JobEnd> => {
    try {
      started = await start(waiting.signal);
    } catch (error) {
      began.reject(new Error("it never began"));
      if (isCalledOff) return { kind: "signalled", signal: wish === "kill" ? "SIGKILL" : "SIGINT" };
      throw error;
    }
    began.resolve(Date.now());
    if (wish !== undefined) await started.signal(wish);
    return await started.ended;
  };
  const ended = live();
  ended.catch(() => undefined);
  return {
    ended,
    began: began.promise,
    addresses: async () => (await started?.addresses?.()) ?? [],
    use: async (since) => (await started?.use?.(since)) ?? [],
    terminate: async () => await started?.terminate?.(),
    signal: async (kind) => {
      if (started !== undefined) return await started.signal(kind);
      wish = kind;
      isCalledOff ||= takesMarker(files.begun);
      if (isCalledOff) waiting.abort();
    },
  };
}

function takesMarker(path: string): boolean {
  try {
    writeFileSync(path, "", { flag: "wx" });
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  }
}
