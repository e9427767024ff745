import type { ExecutionRecord } from "../records.ts";
import type { ProjectStore } from "./project-store.ts";

const PAGE = 1_000;

/** All executions of a run, the newest first: also earlier attempts, which stand behind no node any more. */
export async function* executionPages(store: Pick<ProjectStore, "executions">, runId: string): AsyncGenerator<readonly ExecutionRecord[]> {
  for (let beforeNumber: number | undefined; ; ) {
    const page = await store.executions.list({ runId, limit: PAGE, ...(beforeNumber === undefined ? {} : { beforeNumber }) });
    if (page.length > 0) yield page;
    beforeNumber = page.at(-1)?.number;
    if (page.length < PAGE) return;
  }
}
