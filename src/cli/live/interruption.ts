/** Ctrl-C as two signals: the first asks steps to stop, the second kills them. */
export interface Interruption extends Disposable {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Listens until disposed. `onStop` is called at the first signal, `onKill` at the second. */
export function listenForInterruption(handlers: { readonly onStop: () => void; readonly onKill: () => void }): Interruption {
  const stop = new AbortController();
  const kill = new AbortController();
  const listener = (): void => {
    if (kill.signal.aborted) return;
    if (stop.signal.aborted) {
      handlers.onKill();
      kill.abort();
    } else {
      handlers.onStop();
      stop.abort();
    }
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return {
    stop: stop.signal,
    kill: kill.signal,
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    },
  };
}
