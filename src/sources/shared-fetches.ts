import { unlessAborted } from "../concurrency/index.ts";
import type { FetchedFile, FetchOptions } from "./sources.ts";

interface SharedFetch {
  readonly callers: Set<FetchOptions>;
  readonly control: AbortController;
  readonly result: Promise<readonly FetchedFile[]>;
}

type Start = (options: FetchOptions) => Promise<readonly FetchedFile[]>;

/**
 * Lets callers that want the same URI at the same time share one fetch, which is given up only when none of them wants
 * it any more.
 */
export class SharedFetches {
  readonly #underWay = new Map<string, SharedFetch>();

  async join(uri: string, options: FetchOptions, start: Start): Promise<readonly FetchedFile[]> {
    options.signal.throwIfAborted();
    const anew = options.anew === true;
    const key = `${anew ? "anew" : ""} ${uri}`;
    const shared = this.#underWay.get(key) ?? this.#begin(key, anew, start);
    // A record of its own: one caller may ask twice with the same options.
    const caller = { ...options, report: options.report.bind(options), warn: options.warn.bind(options) };
    shared.callers.add(caller);
    try {
      return await unlessAborted(shared.result, options.signal);
    } finally {
      shared.callers.delete(caller);
      if (shared.callers.size === 0) this.#end(key, shared);
    }
  }

  #begin(key: string, anew: boolean, start: Start): SharedFetch {
    const callers = new Set<FetchOptions>();
    const control = new AbortController();
    const options: FetchOptions = {
      signal: control.signal,
      anew,
      report: (progress) => {
        for (const caller of callers) caller.report(progress);
      },
      // Said once, however many wait.
      warn: (message) => callers.values().next().value?.warn(message),
    };
    // Begun a little later, when the first caller has been added and hears of everything.
    const result = Promise.resolve().then(() => start(options));
    // When all callers have gone, nobody hears of its end.
    result.catch(() => {});
    const shared = { callers, control, result };
    this.#underWay.set(key, shared);
    return shared;
  }

  #end(key: string, shared: SharedFetch): void {
    if (this.#underWay.get(key) === shared) this.#underWay.delete(key);
    // Without effect on one that has ended.
    shared.control.abort();
  }
}
