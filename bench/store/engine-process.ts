/** One engine process of postgres.ts: claims and finishes what it can of a queue. */
import { once } from "node:events";
import { openStore } from "../../src/store/index.ts";
import type { Share } from "./postgres.ts";

const [share] = (await once(process, "message")) as [Share];
await using store = await openStore({ url: share.url, projectName: share.projectName });
const owner = `bench:${process.pid}:1`;
await store.listClaimed(owner);
process.send?.("ready");
await once(process, "message");

let finished = 0;
const queue = share.ids.values();
async function work(): Promise<void> {
  for (const id of queue) {
    const fence = await store.claimExecution(id, owner, Date.now());
    if (fence === undefined) {
      // The queue goes round: what others took from here on is theirs.
      if ((await store.getExecution(id))?.state !== "queued") continue;
      throw new Error(`${id} is queued and cannot be claimed`);
    }
    await store.finishExecution(id, fence, { state: "complete", exitCode: 0, outputs: [], at: Date.now() });
    finished++;
  }
}
await Promise.all(Array.from({ length: share.width }, work));
process.send?.(finished);
process.disconnect?.();
