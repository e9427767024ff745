import { HeadraceError } from "../../../errors.ts";
import type { Change } from "../../change.ts";
import { statement } from "../../database.ts";
import type { Actor } from "../../events/actor.ts";
import type { HeldExecution } from "../claims.ts";
import type { ExecutionEnd, ExecutionTargets, Remark, Wish } from "../requests.ts";
import { moveAlias } from "./aliases.ts";
import { createModelVersion } from "./change-model.ts";
import { createVersion } from "./create-version.ts";
import { findDataset, resolveVersion } from "./datasets.ts";
import { factsOf } from "./model-facts.ts";

const selectActor = statement<{ key: number }, { actor: string | null }>("select actor from runs where key = :key");

/**
 * Gives the outputs of an execution their aliases, and makes versions of them: in the transaction that ends it, so that
 * each is made once however often an engine dies. A refusal is a remark of the execution, whose outputs are stored all
 * the same.
 */
export async function applyTargets(
  change: Change,
  execution: HeldExecution,
  { aliases, datasetVersions, modelVersions }: ExecutionTargets,
  { at, checks }: Pick<ExecutionEnd, "at" | "checks">,
): Promise<readonly Remark[]> {
  const { actor } = (await change.queries.get(selectActor, { key: execution.run_key })) ?? { actor: null };
  const wish: Wish = { actor: (actor ?? `execution:${execution.id}`) as Actor, at };
  const remarks: Remark[] = [];
  const { id: executionId } = execution;
  for (const { name, datumId } of aliases) {
    const move = { target: datumId, comment: "", executionId };
    await moveAlias(change, { kind: "datum", owner: "", name }, move, wish);
  }
  for (const { from, ...version } of datasetVersions) {
    try {
      const parentId = from && (await parentOf(change, from));
      const wanted = { ...version, ...(parentId !== undefined && { parentId }), note: "", executionId };
      await createVersion(change, wanted, wish);
    } catch (error) {
      if (!(error instanceof HeadraceError && REFUSALS.has(error.code))) throw error;
      const message = `no version of the dataset ${version.dataset} was made of the outputs: ${error.message}`;
      remarks.push({ kind: "warning", message });
    }
  }
  if (modelVersions.length === 0) return remarks;
  const facts = await factsOf(change, execution, checks);
  for (const version of modelVersions) await createModelVersion(change, { ...version, facts, executionId }, wish);
  return remarks;
}

/** Refusals of what was asked for; everything else is a fault of the database, which undoes the transaction. */
const REFUSALS: ReadonlySet<string> = new Set(["HR_CONFLICT", "HR_NOT_FOUND", "HR_USAGE"]);

async function parentOf({ queries, project }: Change, from: { name: string; version: string }): Promise<string> {
  const dataset = await findDataset(queries, project, from.name);
  const version = dataset && (await resolveVersion(queries, project, dataset, from.version));
  if (version !== undefined) return version.id;
  throw new HeadraceError(
    "HR_NOT_FOUND",
    `dataset://${from.name}/${from.version}, from which it is made, is not there`,
  );
}
