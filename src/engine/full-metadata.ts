import { type ConditionFacts, metadataKeysOf, type NodeResult, type PlannedExecution } from "../planning/index.ts";
import type { ExecutionRecord, ProjectStore } from "../store/index.ts";

const PAGE = 10_000;

type MetadataStore = Pick<ProjectStore, "metadata">;

/**
 * The last values of these keys, out of the points where the execution's record does not hold them: an edge or a
 * condition may name the thousand-and-first key. All else in the record is kept.
 */
export async function withFullMetadata(
  store: MetadataStore,
  executionId: string,
  kept: Pick<NodeResult, "metadata" | "hasMoreMetadata">,
  keys: Iterable<string>,
): Promise<NodeResult["metadata"]> {
  const missing = kept.hasMoreMetadata === true ? [...keys].filter((key) => !Object.hasOwn(kept.metadata, key)) : [];
  if (missing.length === 0) return kept.metadata;
  const found = new Map<string, unknown>();
  for (let afterOffset = -1; ; ) {
    const page = await store.metadata.list(executionId, { afterOffset, limit: PAGE });
    for (const { values } of page)
      for (const key of missing) if (Object.hasOwn(values, key)) found.set(key, values[key]);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) break;
    afterOffset = last.offset;
  }
  return { ...kept.metadata, ...Object.fromEntries(found) };
}

/** Returns the values that the conditions of a node's actions can name, where its execution has ended or goes on. */
export async function conditionFacts(
  store: MetadataStore,
  executionId: string,
  result: Pick<NodeResult, "parameters" | "metadata" | "hasMoreMetadata">,
  { actions }: Pick<PlannedExecution, "actions">,
): Promise<ConditionFacts> {
  const keys = result.hasMoreMetadata === true ? metadataKeysOf(actions.flatMap((action) => action.if)) : [];
  return { parameters: result.parameters, metadata: await withFullMetadata(store, executionId, result, keys) };
}

/** Returns the part of its metadata that an execution's record holds. */
export function keptMetadata({
  metadata,
  metadataLeftOut,
}: ExecutionRecord): Pick<NodeResult, "metadata" | "hasMoreMetadata"> {
  return metadataLeftOut === undefined ? { metadata } : { metadata, hasMoreMetadata: true };
}
