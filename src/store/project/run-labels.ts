import type { RunLabels } from "../../api/index.ts";
import type { Change } from "../change.ts";
import { statement } from "../database.ts";
import { TAGS } from "../documents/record-documents.ts";
import { recordAudit } from "../installation/audit.ts";
import type { RunRecord } from "../records.ts";
import type { Wish } from "./requests.ts";
import { toRun } from "./rows.ts";
import { findRun, requireRun } from "./runs.ts";

const updateLabels = statement<{ key: number; title: string | null; note: string | null; tags: string }>(`
  update runs set title = :title, note = :note, tags = :tags, tags_v = ${TAGS.version} where key = :key`);

const insertTag = statement<{
  project: number;
  tag: string;
  state: string;
  number: number;
  name: string;
  key: number;
}>(`
  insert into run_tags (project_key, tag, state, number, name, run_key) values (:project, :tag, :state, :number, :name, :key)`);

const deleteTag = statement<{ key: number; tag: string }>("delete from run_tags where run_key = :key and tag = :tag");

/**
 * Writes on a run, whatever its state, and returns it as it is then. Two callers that write at once both succeed; the
 * last value of a label counts.
 */
export async function labelRun(change: Change, id: string, labels: RunLabels, { actor, at }: Wish): Promise<RunRecord> {
  const { queries, project } = change;
  const run = await requireRun(queries, project, id);
  const before = TAGS.read(run.tags_v, run.tags);
  const removed = new Set(labels.removeTags);
  const tags = [...new Set([...before, ...(labels.addTags ?? [])])].filter((tag) => !removed.has(tag));
  const title = labels.title === undefined ? run.title : labels.title || null;
  const note = labels.note === undefined ? run.note : labels.note || null;
  const { key, state, number, name } = run;
  await queries.run(updateLabels, { key, title, note, tags: JSON.stringify(tags) });
  await queries.runMany(
    deleteTag,
    before.filter((tag) => !tags.includes(tag)).map((tag) => ({ key, tag })),
  );
  await queries.runMany(
    insertTag,
    tags.filter((tag) => !before.includes(tag)).map((tag) => ({ project, tag, state, number, name, key })),
  );
  change.emit(key, at, { kind: "run-labelled", runId: id, title: title ?? "", note: note ?? "", tags }, { actor });
  await recordAudit(change, { at, actor, action: "run.label", subject: { kind: "run", id }, detail: { ...labels } });
  return toRun((await findRun(queries, project, id)) ?? run);
}
