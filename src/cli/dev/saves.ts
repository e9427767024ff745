import { readlinkSync } from "node:fs";
import { relative, sep } from "node:path";
import { onAbort } from "../../concurrency/index.ts";
import type { CodeWatch } from "../../services/index.ts";

/** Each save is heard once, whether somebody is waiting at that moment or not. */
export class Saves {
  readonly #watch: CodeWatch;
  readonly #stopped: Promise<void>;
  #pending: Promise<void> | undefined;

  constructor(watch: CodeWatch, stop: AbortSignal) {
    this.#watch = watch;
    this.#stopped = new Promise((resolve) => void onAbort(stop, resolve));
  }

  /** Resolves after the next save, or when it is to end. */
  next(): Promise<void> {
    return Promise.race([this.#save(), this.#stopped]);
  }

  /** True after a save; false when `work` was done before. */
  async before(work: Promise<unknown>): Promise<boolean> {
    return await Promise.race([this.#save().then(() => true), work.then(() => false)]);
  }

  #save(): Promise<void> {
    this.#pending ??= this.#watch.next().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }
}

/** So many rounds in a row during which a file was saved: nobody does that by hand. */
const ROUNDS = 3;

/**
 * Files of the project whose saves are none: what this command itself writes to, and what something writes to all the
 * time.
 */
export class Noise {
  readonly paths = new Set<string>();
  readonly #streaks = new Map<string, number>();

  constructor(root: string) {
    for (const descriptor of [1, 2]) {
      const path = fileOf(descriptor);
      if (path !== undefined) this.paths.add(relative(root, path).split(sep).join("/"));
    }
  }

  /**
   * To be told after each round what was saved meanwhile and may or may not concern the step; returns what is noise
   * from now on.
   */
  roundEnded(savedMeanwhile: ReadonlySet<string>): readonly string[] {
    for (const path of [...this.#streaks.keys()]) if (!savedMeanwhile.has(path)) this.#streaks.delete(path);
    for (const path of savedMeanwhile) this.#streaks.set(path, (this.#streaks.get(path) ?? 0) + 1);
    const fresh = [...this.#streaks].filter(([, rounds]) => rounds >= ROUNDS).map(([path]) => path);
    for (const path of fresh) {
      this.paths.add(path);
      this.#streaks.delete(path);
    }
    return fresh;
  }
}

/** Undefined for what is no file, and where the system does not say. */
function fileOf(descriptor: number): string | undefined {
  try {
    const path = readlinkSync(`/proc/self/fd/${descriptor}`);
    return path.startsWith("/dev/") || !path.startsWith("/") ? undefined : path;
  } catch {
    return undefined;
  }
}
