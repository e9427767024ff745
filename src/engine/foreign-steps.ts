import { existsSync } from "node:fs";
import { executionOf } from "../planning/index.ts";
import type { ExecutionRecord, OpenExecutionRecord } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";
import { isSamePlace, SILENCE_MS } from "./engine-watch.ts";
import { retryAfter } from "./execute-step.ts";
import { tidyUp } from "./tidy-up.ts";

/**
 * True if a step that another engine started can be found from here: its process, and the files by which it is known.
 */
export async function isWithinReach(
  parts: EngineParts,
  execution: Pick<OpenExecutionRecord, "executionId" | "environmentName" | "owner">,
): Promise<boolean> {
  const { members } = parts;
  const { identity } = await members.lifeOf(execution.owner ?? "");
  if (identity !== undefined && isSamePlace(identity, members.identity)) return true;
  const place = await parts.placeOf({ id: execution.executionId, environmentName: execution.environmentName });
  // If nothing is known of an engine, the folder that it left tells whether it worked here.
  if (identity !== undefined && place.executor.capabilities.reachableFrom !== "anywhere") return false;
  return existsSync(place.folder);
}

/** Beginning of the reason of an execution that was ended because nobody could reach its process. */
export const LOST = "lost: ";

/**
 * Ends an execution whose engine is dead and whose process nobody can reach any more. True when that is recorded, or
 * not for this engine to record; false when an engine in the dead one's place can still find the process, which is
 * better.
 */
export async function endAsLost(parts: EngineParts, orphan: OpenExecutionRecord): Promise<boolean> {
  const { store, members, clock } = parts;
  const { identity } = await members.lifeOf(orphan.owner ?? "");
  if (identity !== undefined && (await members.hasSuccessor(identity))) return false;
  const fence = await store.queue.adopt(orphan.executionId, orphan.fence, members.id);
  if (fence === undefined) return true;
  const what =
    identity === undefined
      ? "nothing is known any more of the engine that worked on it"
      : `the engine on host ${identity.host} has not been heard of for ${SILENCE_MS / 1000} s`;
  const at = clock.now();
  const retry = await retryOfLost(parts, orphan, at);
  await store.executions.finish(orphan.executionId, fence, {
    state: "error",
    reason: `${LOST}${what}`,
    outputs: [],
    at,
    ...retry,
  });
  if (orphan.owner !== undefined) await members.removeEngine(orphan.owner);
  return true;
}

async function retryOfLost(
  { store }: EngineParts,
  orphan: OpenExecutionRecord,
  at: number,
): Promise<{ readonly retryAt?: number }> {
  const { runId, executionId } = orphan;
  const [node, execution] = await Promise.all([
    store.nodes.getPlanned(runId, orphan.node),
    store.executions.get(executionId),
  ]);
  return node === undefined || execution === undefined
    ? {}
    : retryAfter({ node: executionOf(node), execution }, "error", { kind: "lost" }, at);
}

/**
 * A write was refused. If another engine has taken the execution, this one lets go of it: it ends the process and
 * clears the folder, unless the other looks after that very process. False when the execution is still ours, so that
 * the refusal has another cause.
 */
export async function letGo(
  parts: EngineParts,
  work: { readonly execution: ExecutionRecord; readonly fence: number },
): Promise<boolean> {
  const { store, members } = parts;
  const { execution, fence } = work;
  const open = (await store.queue.listOpen(execution.runId)).find(({ executionId }) => executionId === execution.id);
  if (open !== undefined && open.fence === fence) return false;
  const holder = open?.owner === undefined ? undefined : (await members.lifeOf(open.owner)).identity;
  if (open !== undefined && (holder === undefined || isSamePlace(holder, members.identity))) return true;
  await clearAway(parts, execution);
  return true;
}

/** Ends what still runs of an execution that has ended for the record, and clears its folder. */
export async function clearAway(parts: EngineParts, execution: ExecutionRecord): Promise<void> {
  const { executor, folder } = await parts.placeOf(execution);
  const { id: executionId, image } = execution;
  const job = await executor.attach({ executionId, folder, command: [], image, environment: {} });
  await job?.signal("kill");
  await job?.ended;
  await tidyUp(parts, execution);
}
