import type { LogBatchView, LogsApi } from "../../api/index.ts";
import { onAbort } from "../../concurrency/index.ts";

/** The source of the logs of executions while they are shown. */
export type LogSource = (
  execution: number,
  options: { readonly tail?: number; readonly signal: AbortSignal },
) => AsyncIterable<LogBatchView>;

/** Left at once when the signal is aborted. */
export function logSource(logs: Pick<LogsApi, "follow">): LogSource {
  return async function* batches(execution, { tail, signal }) {
    const query = tail === undefined ? {} : { tail };
    const items = logs.follow(String(execution), query)[Symbol.asyncIterator]();
    using _leaving = onAbort(signal, () => void items.return?.());
    try {
      for (;;) {
        if (signal.aborted) return;
        const next = await items.next();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await items.return?.();
    }
  };
}
