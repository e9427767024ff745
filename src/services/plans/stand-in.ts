import type { BlobStore } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { PlannedNode, ReuseDecision } from "../../planning/index.ts";
import type { ExecutionRecord, NodeRecord, ProjectStore, RunRecord } from "../../store/index.ts";
import { requireStored } from "./recorded-step.ts";

/** The execution that stands behind a node of an earlier run. Throws HR_PLAN_INVALID where that has no results. */
export async function resultOf(
  store: ProjectStore,
  { run, record, name }: { readonly run: RunRecord; readonly record: NodeRecord | undefined; readonly name: string },
): Promise<ExecutionRecord> {
  const execution = record?.executionId === undefined ? undefined : await store.executions.get(record.executionId);
  if (execution?.state === "complete") return execution;
  throw new HeadraceError("HR_PLAN_INVALID", `run ${run.number} has no results of node ${name}, which others need`, {
    hint: `its node ${name} ${record === undefined ? "is missing" : `is ${record.state}`}; start from a run in which it is complete`,
  });
}

/** A node that does not run: the results of an earlier execution stand in its place from the beginning. */
export async function standIn(
  node: PlannedNode,
  execution: ExecutionRecord,
  { store, blobs }: { readonly store: ProjectStore; readonly blobs: BlobStore },
): Promise<PlannedNode> {
  const outputs = await store.data.listOutputs(execution.id);
  const purged = outputs.find(({ purgedAt }) => purgedAt !== undefined);
  if (purged !== undefined)
    throw new HeadraceError("HR_BLOB_MISSING", `"${purged.name}" of execution ${execution.number} was purged`, {
      hint: "start from another run, or run again what made it",
    });
  await requireStored(
    blobs,
    outputs.map(({ id, ...file }) => ({ ...file, datumId: id })),
    `the outputs of execution ${execution.number}`,
  );
  const fingerprint = await store.reuse.getFingerprint(execution.id);
  const manifestSha256 = (await store.snapshots.get(execution.commit))?.manifestSha256 ?? "";
  const decision: ReuseDecision = {
    kind: "reused",
    execution: execution.number,
    code: fingerprint?.code ?? { kind: "snapshot", manifestSha256, why: { kind: "asked" } },
    given: true,
  };
  // It waits for nothing, and nothing is asked of it.
  return {
    ...node,
    dependsOn: [],
    inputs: [],
    parameterEdges: [],
    environmentVariableEdges: [],
    actions: [],
    given: { executionId: execution.id, decision },
  };
}
