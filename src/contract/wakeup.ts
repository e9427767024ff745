import { type FSWatcher, watch } from "node:fs";

/**
 * Lets one loop sleep until something calls, at most for a while. A call that comes while nobody sleeps ends the next
 * sleep at once.
 */
export class Wakeup {
  #called = false;
  #end: (() => void) | undefined;

  call(): void {
    this.#called = true;
    this.#end?.();
  }

  async sleep(atMostMs: number): Promise<void> {
    if (!this.#called) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, atMostMs);
        this.#end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#end = undefined;
    }
    this.#called = false;
  }
}

/**
 * Calls back with the names in `folder` that change (undefined: something did): `rename` where the entry came or went,
 * else `change`. Undefined when the folder cannot be watched: it is absent, or the machine's watches are used up.
 * `onBroken` says that a watch which worked has ended. The caller has to look by timer, too, since network file systems
 * report only the changes of their own machine.
 */
export function watchFolder(
  folder: string,
  onChange: (name: string | undefined, event: "rename" | "change") => void,
  onBroken: () => void,
): Disposable | undefined {
  let watcher: FSWatcher;
  try {
    watcher = watch(folder, (event, name) => onChange(name ?? undefined, event));
  } catch {
    return undefined;
  }
  watcher.on("error", () => {
    watcher.close();
    onBroken();
  });
  return { [Symbol.dispose]: () => watcher.close() };
}
