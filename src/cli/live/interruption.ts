/** Ctrl-C as two signals: the first asks steps to stop, the second kills them. */
export interface Interruption extends Disposable {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

export interface InterruptionHandlers {
  /** Called at the first signal. */
  readonly onStop: () => void;
  /** Called at the second. */
  readonly onKill: () => void;
  /** True if a closed terminal counts as such a signal. */
  readonly endsOnHangup: boolean;
}

/**
 * Listens until disposed. A closed terminal is no wish to stop: whatever drives runs goes on without it, under `nohup`
 * or not. (Node.js undoes `nohup` at its start and does not say so, so that the two cannot be told apart.)
 */
export function listenForInterruption({ onStop, onKill, endsOnHangup }: InterruptionHandlers): Interruption {
  const stop = new AbortController();
  const kill = new AbortController();
  const interrupt = (): void => {
    if (kill.signal.aborted) return;
    if (stop.signal.aborted) {
      onKill();
      kill.abort();
    } else {
      onStop();
      stop.abort();
    }
  };
  const hangUp = endsOnHangup ? interrupt : (): void => undefined;
  const listeners = [
    ["SIGINT", interrupt],
    ["SIGTERM", interrupt],
    ["SIGHUP", hangUp],
  ] as const;
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return {
    stop: stop.signal,
    kill: kill.signal,
    [Symbol.dispose]: () => {
      for (const [signal, listener] of listeners) process.off(signal, listener);
    },
  };
}
