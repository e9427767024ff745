import type { ExecutionRecord, Store } from "../store/index.ts";

const PAGE = 1_000;

/** All executions of a run, the oldest first: also earlier attempts, which stand behind no node any more. */
export async function executionsOfRun(store: Store, runId: string): Promise<readonly ExecutionRecord[]> {
  const found: ExecutionRecord[] = [];
  for (let beforeNumber: number | undefined; ; ) {
    const page = await store.listExecutions({ runId, limit: PAGE, ...(beforeNumber === undefined ? {} : { beforeNumber }) });
    found.push(...page);
    beforeNumber = page.at(-1)?.number;
    if (page.length < PAGE) return found.reverse();
  }
}
