import type { Change } from "../change.ts";
import { statement } from "../database.ts";
import { WARNINGS } from "../documents/record-documents.ts";
import type { Actor } from "../events/actor.ts";
import { isFinal } from "../transitions.ts";
import { type HeldExecution, requireExecution } from "./claims.ts";
import type { Remark, RemarkTopic } from "./requests.ts";
import { requireRun } from "./runs.ts";

/** A record keeps so many warnings. */
const KEPT = 100;
const LONGEST = 4_096;

const updateExecution = statement<{ key: number; statusDetail: string | null; warnings: string | null }>(`
  update executions set status_detail = coalesce(:statusDetail, status_detail), warnings = coalesce(:warnings, warnings),
    warnings_v = case when :warnings is null then warnings_v else ${WARNINGS.version} end
  where key = :key`);

const updateRun = statement<{ key: number; warnings: string }>(`
  update runs set warnings = :warnings, warnings_v = ${WARNINGS.version} where key = :key`);

/** The effect of remarks on a record: its new columns (null: as they are), and the remarks to announce. */
export interface RecordedRemarks {
  readonly statusDetail: string | null;
  readonly warnings: string | null;
  readonly fresh: readonly Remark[];
}

const NOTHING: RecordedRemarks = { statusDetail: null, warnings: null, fresh: [] };

/** A warning is kept once, and announced once. The record has the last progress message. */
export function recordRemarks(
  record: { readonly warnings: string | null; readonly warnings_v: number },
  remarks: readonly Remark[] | undefined,
  keptAs = (message: string): string => message,
): RecordedRemarks {
  if (remarks === undefined || remarks.length === 0) return NOTHING;
  const kept = record.warnings === null ? [] : [...WARNINGS.read(record.warnings_v, record.warnings)];
  const before = kept.length;
  const fresh: Remark[] = [];
  for (const { kind, message: whole } of remarks) {
    const message = whole.slice(0, LONGEST);
    if (kind === "warning") {
      if (kept.includes(keptAs(message)) || kept.length >= KEPT) continue;
      kept.push(keptAs(message));
    }
    fresh.push({ kind, message });
  }
  return {
    statusDetail: fresh.findLast(({ kind }) => kind === "progress")?.message ?? null,
    warnings: kept.length === before ? null : JSON.stringify(kept),
    fresh,
  };
}

export function emitRemarks(
  change: Change,
  runKey: number,
  { runId, executionId, node }: RemarkTopic,
  { fresh }: RecordedRemarks,
  at: number,
  actor?: Actor,
): void {
  const about = { runId, ...(executionId !== undefined && { executionId }) };
  for (const { kind, message } of fresh) {
    if (kind === "warning")
      change.emit(runKey, at, { kind, ...about, ...(node !== undefined && { node }), message }, { actor });
    else if (node !== undefined)
      change.emit(runKey, at, { kind: "execution-progress", ...about, node, message }, { actor });
  }
}

/** Says something of a run or an execution, with no other change of it. */
export async function addRemarks(
  change: Change,
  topic: RemarkTopic,
  remarks: readonly Remark[],
  at: number,
  actor?: Actor,
): Promise<void> {
  if (remarks.length === 0) return;
  const { executionId } = topic;
  if (executionId !== undefined) return await addToExecution(change, { ...topic, executionId }, remarks, at, actor);
  const run = await requireRun(change.queries, change.project, topic.runId);
  const { node } = topic;
  const recorded = recordRemarks(run, remarks, (message) => (node === undefined ? message : `${node}: ${message}`));
  const { warnings } = recorded;
  if (warnings !== null) await change.queries.run(updateRun, { key: run.key, warnings });
  emitRemarks(change, run.key, topic, recorded, at, actor);
}

/** Without a fence: it changes nothing that another engine rests upon. An execution that has ended gets no progress. */
async function addToExecution(
  change: Change,
  topic: RemarkTopic & { readonly executionId: string },
  remarks: readonly Remark[],
  at: number,
  actor: Actor | undefined,
): Promise<void> {
  const execution = await requireExecution(change.queries, change.project, topic.executionId);
  const said = isFinal(execution.state) ? remarks.filter(({ kind }) => kind === "warning") : remarks;
  const recorded = recordRemarks(execution, said);
  const { statusDetail, warnings } = recorded;
  if (statusDetail !== null || warnings !== null)
    await change.queries.run(updateExecution, { key: execution.key, statusDetail, warnings });
  emitRemarks(change, execution.run_key, topicOf(execution), recorded, at, actor);
}

export function topicOf({ id, run_id: runId, node }: HeldExecution): RemarkTopic {
  return { runId, executionId: id, node };
}
