import type { ExecutionRecord } from "./records.ts";
import type { Store } from "./store.ts";

const PAGE = 1_000;

/** All executions of a run, the newest first: also earlier attempts, which stand behind no node any more. */
export async function* executionPages(store: Store, runId: string): AsyncGenerator<readonly ExecutionRecord[]> {
  for (let beforeNumber: number | undefined; ; ) {
    const page = await store.listExecutions({ runId, limit: PAGE, ...(beforeNumber === undefined ? {} : { beforeNumber }) });
    if (page.length > 0) yield page;
    beforeNumber = page.at(-1)?.number;
    if (page.length < PAGE) return;
  }
}
