/** One engine process of postgres.ts: claims and finishes what it can of the queue. */
import { once } from "node:events";
import { openTestStore } from "../../src/store/fixtures/open-test-store.ts";
import type { Share } from "./postgres.ts";

const [share] = (await once(process, "message")) as [Share];
await using store = await openTestStore({ url: share.url, projectName: share.projectName });
const owner = `bench:${process.pid}:1`;
await store.queue.listClaimed(owner);
process.send?.("ready");
await once(process, "message");

let finished = 0;
async function work(): Promise<void> {
  for (;;) {
    const claim = await store.queue.claimNext({ pool: "", runId: share.runId, owner, at: Date.now() });
    // None that nobody is about to take: the others finish those.
    if (claim === undefined) return;
    await store.executions.finish(claim.execution.id, claim.fence, {
      state: "complete",
      exitCode: 0,
      outputs: [],
      at: Date.now(),
    });
    finished++;
  }
}
await Promise.all(Array.from({ length: share.width }, work));
process.send?.(finished);
process.disconnect?.();
