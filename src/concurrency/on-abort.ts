/** Calls back once when the signal is aborted, at once where it is already, until disposed. Without a signal, never. */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): Disposable {
  if (signal?.aborted === true) callback();
  else signal?.addEventListener("abort", callback, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener("abort", callback) };
}

/**
 * Resolves with the work, or rejects with the signal's reason as soon as that is aborted. The work itself goes on: it
 * is for work that has other callers, or that hears of the signal by itself.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  using _listening = onAbort(signal, () => reject(signal.reason));
  return await Promise.race([work, aborted]);
}
