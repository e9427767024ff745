import type { ExecutionRecord } from "../records.ts";
import type { ProjectStore } from "./project-store.ts";

const PAGE = 1_000;

/** All executions of a run, the newest first: also earlier attempts, which stand behind no node any more. */
export async function* executionPages(
  store: Pick<ProjectStore, "lists">,
  runId: string,
): AsyncGenerator<readonly ExecutionRecord[]> {
  for (let after: string | null | undefined; after !== null; ) {
    const page = await store.lists.executions({ runId, limit: PAGE, ...(after === undefined ? {} : { after }) });
    if (page.items.length > 0) yield page.items;
    after = page.next;
  }
}
