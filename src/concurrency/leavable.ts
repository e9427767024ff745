/**
 * A stream that its reader may leave at any time, also while it waits for what comes: what it has opened is closed
 * then. (A generator by itself ends only once it has something to give.)
 */
export function leavable<T>(open: (leaving: AbortSignal) => AsyncIterable<T>, gone?: AbortSignal): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const leaving = new AbortController();
      const signal = gone === undefined ? leaving.signal : AbortSignal.any([leaving.signal, gone]);
      const items = open(signal)[Symbol.asyncIterator]();
      return {
        next: () => items.next(),
        return: async () => {
          leaving.abort();
          await items.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
