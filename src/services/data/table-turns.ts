import { HeadraceError } from "../../errors.ts";

/** So many tables are looked into at a time, since each takes a process and much memory. */
const AT_ONCE = 2;
const MOST_WAITING = 20;

let busy = 0;
const waiting: (() => void)[] = [];

/** Waits until few enough tables are looked into. Throws HR_TOO_MANY_REQUESTS where many wait already. */
export async function turnForTable(signal?: AbortSignal): Promise<Disposable> {
  if (busy >= AT_ONCE) {
    if (waiting.length >= MOST_WAITING)
      throw new HeadraceError("HR_TOO_MANY_REQUESTS", "too many tables are being looked into", {
        hint: "try again in a moment",
      });
    await new Promise<void>((resolve, reject) => {
      const begin = (): void => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(begin), 1);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener("abort", leave, { once: true });
      waiting.push(begin);
    });
  } else busy++;
  return {
    // The next one in the queue takes the place over, so that nobody comes between.
    [Symbol.dispose]: () => {
      const next = waiting.shift();
      if (next === undefined) busy--;
      else next();
    },
  };
}
