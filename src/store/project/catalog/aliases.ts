import { HeadraceError } from "../../../errors.ts";
import { type Change, getRow } from "../../change.ts";
import { type Queries, statement } from "../../database.ts";
import type { Actor } from "../../events/actor.ts";
import { recordAudit } from "../../installation/audit.ts";
import { IDS, joinIds } from "../execution-keys.ts";
import type { Wish } from "../requests.ts";
import type { AliasKey, AliasKind, AliasMove, AliasRecord, NamePage, WantedMove } from "./catalog-records.ts";

type Key = { project: number; kind: string; owner: string; name: string };

interface AliasRow {
  readonly kind: string;
  readonly owner: string;
  readonly name: string;
  readonly target: string | null;
  readonly moves: number;
  readonly moved_at: number;
}

interface MoveRow {
  readonly ordinal: number;
  readonly target: string | null;
  readonly at: number;
  readonly actor: string;
  readonly comment: string;
  readonly execution_id: string | null;
}

const COLUMNS = "kind, owner, name, target, moves, moved_at";
const IS_KEY = "project_key = :project and kind = :kind and owner = :owner and name = :name";

const selectAlias = statement<Key, AliasRow>(`select ${COLUMNS} from aliases where ${IS_KEY}`);

/** The second of two who move it at once sees what the first one did. */
const lockAlias = statement<Key, AliasRow>(`select ${COLUMNS} from aliases where ${IS_KEY}`, { locks: "aliases" });

const selectAliases = statement<
  { project: number; kind: string; owner: string; after: string; limit: number },
  AliasRow
>(`
  select ${COLUMNS} from aliases
  where project_key = :project and kind = :kind and owner = :owner and name > :after and target is not null
  order by name limit :limit`);

const selectByTarget = statement<{ project: number; kind: string; ids: string }, AliasRow>(`
  ${IDS}
  select ${COLUMNS} from ids join aliases on aliases.target = ids.id
  where project_key = :project and kind = :kind order by name`);

const insertAlias = statement<Key & { at: number }>(`
  insert into aliases (project_key, kind, owner, name, target, moves, moved_at)
  values (:project, :kind, :owner, :name, null, 0, :at) on conflict (project_key, kind, owner, name) do nothing`);

const updateAlias = statement<Key & { target: string | null; at: number }>(
  `update aliases set target = :target, moves = moves + 1, moved_at = :at where ${IS_KEY}`,
);

const insertMove = statement<
  Key & {
    ordinal: number;
    target: string | null;
    at: number;
    actor: string;
    comment: string;
    executionId: string | null;
  }
>(`
  insert into alias_moves (project_key, kind, owner, name, ordinal, target, at, actor, comment, execution_id)
  values (:project, :kind, :owner, :name, :ordinal, :target, :at, :actor, :comment, :executionId)`);

const selectMoves = statement<Key & { before: number; limit: number }, MoveRow>(`
  select ordinal, target, at, actor, comment, execution_id from alias_moves
  where ${IS_KEY} and ordinal < :before order by ordinal desc limit :limit`);

/** An alias that stands for something. */
export async function getAlias(queries: Queries, project: number, key: AliasKey): Promise<AliasRecord | undefined> {
  const row = await queries.get(selectAlias, { project, ...keyOf(key) });
  return row && toAlias(row);
}

/** Those that stand for something, by name. */
export async function listAliases(
  queries: Queries,
  project: number,
  { kind, owner }: Pick<AliasKey, "kind" | "owner">,
  { after = "", limit }: NamePage,
): Promise<readonly AliasRecord[]> {
  return (await queries.all(selectAliases, { project, kind, owner, after, limit })).map(toAlias);
}

/** Names of the aliases of each target that has any. */
export async function aliasesOf(
  queries: Queries,
  project: number,
  kind: AliasKind,
  targets: Iterable<string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await queries.all(selectByTarget, { project, kind, ids: joinIds(targets) });
  const names = new Map<string, string[]>();
  for (const { target, name } of rows) {
    const known = names.get(target ?? "");
    if (known === undefined) names.set(target ?? "", [name]);
    else known.push(name);
  }
  return names;
}

/** The moves of an alias, the newest first. */
export async function aliasHistory(
  queries: Queries,
  project: number,
  key: AliasKey,
  { before = Number.MAX_SAFE_INTEGER, limit }: { readonly before?: number; readonly limit: number },
): Promise<readonly AliasMove[]> {
  const rows = await queries.all(selectMoves, { project, ...keyOf(key), before, limit });
  return rows.map(({ ordinal, target, at, actor, comment, execution_id }) => ({
    ordinal,
    ...(target !== null && { target }),
    at,
    actor: actor as Actor,
    comment,
    ...(execution_id !== null && { executionId: execution_id }),
  }));
}

/**
 * Moves an alias, or takes it away; both stay in its history. One that stands for the target already is left as it is.
 * Throws HR_CONFLICT where it was moved since the wish was made.
 */
export async function moveAlias(
  change: Change,
  key: AliasKey,
  { target, comment, after, executionId }: WantedMove,
  { actor, at }: Wish,
): Promise<AliasRecord> {
  const { queries, project } = change;
  const named = { project, ...keyOf(key) };
  await queries.run(insertAlias, { ...named, at });
  const known = await getRow(queries, lockAlias, named);
  if (after !== undefined && after !== known.moves) throw await movedMeanwhile(queries, project, key);
  if (known.target === target) return toAlias(known);
  if (target !== null) await requireTarget(change, key, target);
  const ordinal = known.moves + 1;
  await queries.run(updateAlias, { ...named, target, at });
  await queries.run(insertMove, {
    ...named,
    ...{ ordinal, target, at, actor, comment },
    executionId: executionId ?? null,
  });
  const detail = { name: key.name, kind: key.kind, from: known.target, to: target, comment };
  const subject = { kind: "alias", id: key.owner === "" ? key.name : `${key.owner}/${key.name}` };
  await recordAudit(change, { at, actor, action: target === null ? "alias.remove" : "alias.move", subject, detail });
  return toAlias({ ...known, target, moves: ordinal, moved_at: at });
}

type Target = { project: number; id: string };

/** Held until the end, so that it is not removed meanwhile. */
const lockTarget = {
  datum: statement<Target, { id: string }>(
    "select id from datums where id = :id and project_key = :project and purged_at is null",
    { locks: "datums" },
  ),
  dataset: statement<Target, { id: string }>(
    `select dataset_versions.id from dataset_versions
     join datasets on datasets.id = dataset_versions.dataset_id
     where dataset_versions.id = :id and datasets.project_key = :project and dataset_versions.deleted_at is null`,
    { locks: "dataset_versions" },
  ),
} as const;

async function requireTarget({ queries, project }: Change, { kind, name }: AliasKey, id: string): Promise<void> {
  if (kind === "model" || (await queries.get(lockTarget[kind], { project, id })) !== undefined) return;
  const what = kind === "datum" ? "stored file" : "version";
  throw new HeadraceError("HR_NOT_FOUND", `the alias ${name} cannot stand for ${id}: there is no such ${what}`, {
    hint: "name one that is there",
  });
}

async function movedMeanwhile(queries: Queries, project: number, key: AliasKey): Promise<HeadraceError> {
  const [last] = await aliasHistory(queries, project, key, { limit: 1 });
  const what = last === undefined ? "is not set" : `was moved by ${last.actor} at ${new Date(last.at).toISOString()}`;
  return new HeadraceError("HR_CONFLICT", `the alias ${key.name} ${what}: it no longer stands for what you saw`, {
    hint: "look at its history, then move it again",
  });
}

function keyOf({ kind, owner, name }: AliasKey): Omit<Key, "project"> {
  return { kind, owner, name };
}

function toAlias({ kind, owner, name, target, moves, moved_at }: AliasRow): AliasRecord {
  const record = { kind: kind as AliasKind, owner, name, moves, movedAt: moved_at };
  return target === null ? record : { ...record, target };
}
