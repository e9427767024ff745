import { LATEST } from "../../../data-address.ts";
import { HeadraceError } from "../../../errors.ts";
import { type Change, getRow } from "../../change.ts";
import { statement } from "../../database.ts";
import { MODEL_EVIDENCE, MODEL_FACTS } from "../../documents/model-documents.ts";
import { recordAudit } from "../../installation/audit.ts";
import { createRecordId } from "../../record-id.ts";
import { IDS, joinIds } from "../execution-keys.ts";
import type { Wish } from "../requests.ts";
import { aliasesOf, getAlias, moveAlias } from "./aliases.ts";
import type { AliasRecord, WantedMove } from "./catalog-records.ts";
import {
  CHAMPION,
  type ModelDecision,
  type ModelEvidence,
  type ModelState,
  type ModelVersionRecord,
  type NewModelVersion,
  type WantedDecision,
} from "./model-records.ts";
import { getModelVersion, isVersionNumber } from "./models.ts";

const insertModel = statement<{ id: string; project: number; name: string; actor: string; at: number }>(`
  insert into models (id, project_key, name, description, next_number, actor, created_at)
  values (:id, :project, :name, '', 1, :actor, :at) on conflict (project_key, name) do nothing`);

/** The second of two that make a version at once sees that of the first. */
const lockModel = statement<{ project: number; name: string }, { id: string; next_number: number }>(
  "select id, next_number from models where project_key = :project and name = :name",
  { locks: "models" },
);

const updateModel = statement<{ id: string; next: number; description: string | null }>(`
  update models set next_number = :next, description = coalesce(:description, description) where id = :id`);

const insertVersion = statement<{
  id: string;
  model: string;
  number: number;
  state: string;
  fileCount: number;
  sizeBytes: number;
  execution: string | null;
  actor: string;
  note: string;
  at: number;
  facts: string;
}>(`
  insert into model_versions
    (id, model_id, number, state, decisions, file_count, size_bytes, execution_key, actor, note, created_at, v, facts)
  values (:id, :model, :number, :state, 1, :fileCount, :sizeBytes,
    (select key from executions where id = :execution), :actor, :note, :at, ${MODEL_FACTS.version}, :facts)`);

const insertTag = statement<{ id: string; tag: string }>(
  "insert into model_version_tags (version_id, tag) values (:id, :tag)",
);

const insertFile = statement<{ id: string; name: string; datum: number }>(
  "insert into model_version_files (version_id, name, datum_key) values (:id, :name, :datum)",
);

const insertDecision = statement<{
  id: string;
  ordinal: number;
  state: string;
  at: number;
  actor: string;
  reason: string;
  v: number | null;
  evidence: string | null;
}>(`
  insert into model_decisions (version_id, ordinal, state, at, actor, reason, v, evidence)
  values (:id, :ordinal, :state, :at, :actor, :reason, :v, :evidence)`);

/** Held until the end, so that none is purged or removed meanwhile. */
const selectFiles = statement<{ project: number; ids: string }, { id: string; key: number; size_bytes: number }>(
  `
  ${IDS}
  select datums.id, datums.key, datums.size_bytes from ids join datums on datums.id = ids.id
  where datums.project_key = :project`,
  { locks: "datums" },
);

/** The second of two who decide at once sees what the first one did. */
const lockVersion = statement<{ id: string; project: number }, { state: ModelState; decisions: number }>(
  `select state, decisions from model_versions
   where id = :id and model_id in (select id from models where project_key = :project)`,
  { locks: "model_versions" },
);

const updateState = statement<{ id: string; state: string; decisions: number }>(
  "update model_versions set state = :state, decisions = :decisions where id = :id",
);

/**
 * Makes a version, and its model where there is none: numbered by its model, and judged where something is required of
 * it. The champion is the version that the alias stands for at this moment.
 */
export async function createModelVersion(
  change: Change,
  wanted: NewModelVersion,
  { actor, at }: Wish,
): Promise<ModelVersionRecord> {
  const { queries, project } = change;
  const { model: name, executionId, facts, judge } = wanted;
  await queries.run(insertModel, { id: createRecordId(at), project, name, actor, at });
  const { id: model, next_number: number } = await getRow(queries, lockModel, { project, name });
  const evidence = judge?.(facts, await championOf(change, model));
  const state = evidence === undefined || evidence.verdict === "undecided" ? "pending" : evidence.verdict;
  const rows = await queries.all(selectFiles, { project, ids: joinIds(wanted.files.map(({ datumId }) => datumId)) });
  const keys = new Map(rows.map((row) => [row.id, row]));
  const files = wanted.files.flatMap((file) => {
    const row = keys.get(file.datumId);
    return row === undefined ? [] : [{ name: file.name, datum: row.key, sizeBytes: row.size_bytes }];
  });
  const id = createRecordId(at);
  await queries.run(updateModel, { id: model, next: number + 1, description: wanted.description ?? null });
  await queries.run(insertVersion, {
    ...{ id, model, number, state, fileCount: files.length, actor, note: wanted.note, at },
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    ...{ execution: executionId ?? null, facts: JSON.stringify(facts) },
  });
  await queries.runMany(
    insertFile,
    files.values().map((file) => ({ id, name: file.name, datum: file.datum })),
  );
  await queries.runMany(
    insertTag,
    new Set(wanted.tags).values().map((tag) => ({ id, tag })),
  );
  await addDecision(change, id, { ordinal: 1, state, at, actor, reason: "", ...(evidence && { evidence }) });
  const subject = { kind: "model-version", id };
  const detail = { name: `${name}/${number}`, state, files: files.length };
  await recordAudit(change, { at, actor, action: "model.version", subject, detail });
  return await requireVersion(change, id);
}

async function championOf(change: Change, model: string): Promise<ModelVersionRecord | undefined> {
  const { queries, project } = change;
  const alias = await getAlias(queries, project, { kind: "model", owner: model, name: CHAMPION });
  return alias?.target === undefined ? undefined : await getModelVersion(queries, project, alias.target);
}

async function addDecision(
  { queries }: Change,
  id: string,
  { evidence, ...decision }: ModelDecision & { readonly evidence?: ModelEvidence },
): Promise<void> {
  await queries.run(insertDecision, {
    ...{ id, ...decision },
    v: evidence === undefined ? null : MODEL_EVIDENCE.version,
    evidence: evidence === undefined ? null : JSON.stringify(evidence),
  });
}

/**
 * Approves or rejects a version. Throws HR_CONFLICT where it is in that state already, where somebody decided
 * meanwhile, or where an alias stands for a version that is to be rejected.
 */
export async function decideModelVersion(
  change: Change,
  id: string,
  { state, reason, after }: WantedDecision,
  { actor, at }: Wish,
): Promise<ModelVersionRecord> {
  const { queries, project } = change;
  const version = await requireVersion(change, id);
  const name = `${version.model}/${version.number}`;
  const known = await getRow(queries, lockVersion, { id, project });
  if (after !== undefined && after !== known.decisions)
    throw new HeadraceError("HR_CONFLICT", `somebody decided about ${name} meanwhile: it is ${known.state} now`, {
      hint: "look at it, then decide again",
    });
  if (known.state === state)
    throw new HeadraceError("HR_CONFLICT", `${name} is ${state} already`, { hint: "there is nothing to do" });
  const [alias] = state === "rejected" ? ((await aliasesOf(queries, project, "model", [id])).get(id) ?? []) : [];
  if (alias !== undefined)
    throw new HeadraceError("HR_CONFLICT", `${name} is ${alias}: what reads that would get a rejected version`, {
      hint: "let the alias stand for another version first",
    });
  const ordinal = known.decisions + 1;
  await queries.run(updateState, { id, state, decisions: ordinal });
  await addDecision(change, id, { ordinal, state, at, actor, reason });
  const action = state === "approved" ? "model.approve" : "model.reject";
  const detail = { name, from: known.state, reason };
  await recordAudit(change, { at, actor, action, subject: { kind: "model-version", id }, detail });
  return await requireVersion(change, id);
}

/** Lets an alias of a model stand for a version. Throws HR_CONFLICT for a rejected one, and for a name that is none. */
export async function moveModelAlias(
  change: Change,
  model: { readonly id: string; readonly name: string },
  name: string,
  move: WantedMove,
  wish: Wish,
): Promise<AliasRecord> {
  if (name === LATEST || isVersionNumber(name)) {
    const why = name === LATEST ? "stands for the newest version by itself" : "is the number of a version";
    throw new HeadraceError("HR_CONFLICT", `${name} cannot be an alias of ${model.name}: it ${why}`, {
      hint: "give another alias",
    });
  }
  if (move.target !== null) {
    const { state, number } = await requireVersion(change, move.target);
    // The row is held, so that nobody rejects it meanwhile.
    const held = await getRow(change.queries, lockVersion, { id: move.target, project: change.project });
    if (state === "rejected" || held.state === "rejected")
      throw new HeadraceError("HR_CONFLICT", `${model.name}/${number} is rejected: ${name} cannot stand for it`, {
        hint: "approve it first, with a reason",
      });
  }
  return await moveAlias(change, { kind: "model", owner: model.id, name }, move, wish);
}

async function requireVersion({ queries, project }: Change, id: string): Promise<ModelVersionRecord> {
  const version = await getModelVersion(queries, project, id);
  if (version !== undefined) return version;
  throw new HeadraceError("HR_NOT_FOUND", `there is no version of a model ${JSON.stringify(id)}`, {
    hint: "list the versions of the model",
  });
}
