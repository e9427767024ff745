import type { AliasMoveView, AliasView, AliasWish, Page, PageRequest, RollbackWish } from "../../api/index.ts";
import { LATEST } from "../../data-address.ts";
import { HeadraceError } from "../../errors.ts";
import type { AliasKey, AliasRecord, ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { findFiles } from "../data/find-files.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { isoTime } from "../records/view-of.ts";
import { requireDataset, requireName, requireVersion } from "./named-version.ts";

/** An alias by the name that people give it, with the dataset that it belongs to. */
interface NamedAlias {
  readonly key: AliasKey;
  readonly name: string;
  /** Name of the dataset. */
  readonly dataset?: string;
}

export async function listAliases(
  { project }: Context,
  { dataset, limit, after }: PageRequest & { readonly dataset?: string },
): Promise<Page<AliasView>> {
  requirePageSize(limit);
  if (!project.hasState()) return { items: [], next: null };
  const store = await project.reader();
  const owner = dataset === undefined ? "" : (await requireDataset(store, dataset)).id;
  const kind = dataset === undefined ? "datum" : "dataset";
  const page = { limit: limit + 1, ...(after !== undefined && { after }) };
  const found = await store.aliases.list({ kind, owner }, page);
  const items: AliasView[] = [];
  for (const alias of found.slice(0, limit)) items.push(await viewOf(store, alias, dataset));
  return { items, next: found.length > limit ? (found[limit - 1]?.name ?? null) : null };
}

/** Throws HR_NOT_FOUND where it stands for nothing. */
export async function getAlias({ project }: Context, name: string): Promise<AliasView> {
  const store = await project.reader();
  const { key, dataset } = await named(store, name);
  const alias = await store.aliases.get(key);
  if (alias?.target === undefined) throw noAlias(name, alias);
  return await viewOf(store, alias, dataset);
}

/** The newest move first. */
export async function aliasHistory(
  { project }: Context,
  name: string,
  { limit, after }: PageRequest,
): Promise<Page<AliasMoveView>> {
  requirePageSize(limit);
  const store = await project.reader();
  const { key, dataset } = await named(store, name);
  const before = after === undefined ? {} : { before: moveNumber(after) };
  const moves = await store.aliases.history(key, { ...before, limit: limit + 1 });
  if (moves.length === 0 && after === undefined) throw noAlias(name, undefined);
  const makers = await store.lineage.executions([...new Set(moves.flatMap(({ executionId }) => executionId ?? []))]);
  const numbers = new Map(makers.map(({ id, number }) => [id, number]));
  const items: AliasMoveView[] = [];
  for (const { ordinal, target, at, actor, comment, executionId } of moves.slice(0, limit)) {
    items.push({
      move: ordinal,
      target: target ?? null,
      ...(target === undefined ? { targetUri: null, targetName: null } : await targetOf(store, target, dataset)),
      movedAt: isoTime(at),
      movedBy: actor,
      comment,
      execution: numbers.get(executionId ?? "") ?? null,
    });
  }
  return { items, next: moves.length > limit ? String(items.at(-1)?.move) : null };
}

/** Throws HR_CONFLICT where it was moved since `after`. */
export async function moveAlias(context: Context, name: string, wish: AliasWish): Promise<AliasView> {
  const { project, actor, now } = context;
  const store = await project.existingWriter();
  const { key, dataset } = await named(store, name);
  requireName("an alias", key.name);
  const target = await targetNamed(context, store, wish.target, dataset);
  const { comment = "", after } = wish;
  const move = { target, comment, ...(after !== undefined && { after }) };
  return await viewOf(store, await store.aliases.move(key, move, { actor, at: now() }), dataset);
}

/**
 * Goes back to the move before the last, or to a certain one; a step back is a move as well. Throws HR_CONFLICT where
 * somebody moves it meanwhile.
 */
export async function rollBackAlias(context: Context, name: string, { to, comment }: RollbackWish): Promise<AliasView> {
  const { project, actor, now } = context;
  const store = await project.existingWriter();
  const { key, dataset } = await named(store, name);
  const [last, ...earlier] = await store.aliases.history(key, { limit: to === undefined ? 2 : 1 });
  if (last === undefined) throw noAlias(name, undefined);
  const wanted = to === undefined ? earlier[0] : (await store.aliases.history(key, { before: to + 1, limit: 1 }))[0];
  if (wanted === undefined || (to !== undefined && wanted.ordinal !== to))
    throw new HeadraceError(
      "HR_NOT_FOUND",
      `the alias ${name} has no ${to === undefined ? "earlier move" : `move ${to}`}`,
      {
        hint: "look at its history",
      },
    );
  if (wanted.target === undefined)
    throw new HeadraceError("HR_CONFLICT", `the alias ${name} stood for nothing after its move ${wanted.ordinal}`, {
      hint: "take it away if that is wanted, or name another move",
    });
  await requireThere(store, wanted.target, dataset);
  const move = { target: wanted.target, comment: comment ?? `back to move ${wanted.ordinal}`, after: last.ordinal };
  return await viewOf(store, await store.aliases.move(key, move, { actor, at: now() }), dataset);
}

export async function removeAlias({ project, actor, now }: Context, name: string): Promise<void> {
  const store = await project.existingWriter();
  const { key } = await named(store, name);
  const alias = await store.aliases.get(key);
  if (alias?.target === undefined) throw noAlias(name, alias);
  await store.aliases.move(key, { target: null, comment: "", after: alias.moves }, { actor, at: now() });
}

/** `best` and `datum://best` are aliases of files, `flights/reviewed` and `dataset://flights/reviewed` of versions. */
async function named(store: ProjectStore, text: string): Promise<NamedAlias> {
  const [first = "", second, ...more] = text.replace(/^(?:datum|dataset):\/\//, "").split("/");
  if (more.length > 0)
    throw new HeadraceError("HR_USAGE", `${JSON.stringify(text)} names no alias`, {
      hint: "write NAME for a file, DATASET/NAME for a version",
    });
  if (second === undefined) return { key: { kind: "datum", owner: "", name: first }, name: first };
  const { id, name } = await requireDataset(store, first);
  if (second === LATEST)
    throw new HeadraceError("HR_USAGE", `${LATEST} stands for the newest version of ${name} by itself`, {
      hint: "give the alias another name",
    });
  return { key: { kind: "dataset", owner: id, name: second }, name: `${name}/${second}`, dataset: name };
}

async function targetNamed(context: Context, store: ProjectStore, text: string, dataset?: string): Promise<string> {
  if (dataset !== undefined) return await versionFor(store, text, dataset);
  const files = await findFiles(context, text);
  const [file] = files;
  if (file === undefined || files.length > 1)
    throw new HeadraceError("HR_USAGE", `${JSON.stringify(text)} names ${files.length} files, and an alias has one`, {
      hint: "name one file",
    });
  await requireThere(store, file.id, undefined);
  return file.id;
}

async function versionFor(store: ProjectStore, text: string, dataset: string): Promise<string> {
  const [first = "", second] = text.replace(/^dataset:\/\//, "").split("/");
  if (second !== undefined && first !== dataset)
    throw new HeadraceError("HR_USAGE", `an alias of ${dataset} cannot stand for a version of ${first}`, {
      hint: `name a version of ${dataset}`,
    });
  return (await requireVersion(store, dataset, second ?? first)).id;
}

/** An alias of something that is gone would fail the runs that name it. */
async function requireThere(store: ProjectStore, target: string, dataset: string | undefined): Promise<void> {
  const [what, isThere] =
    dataset === undefined
      ? await store.data.get(target).then((file) => [file?.name, file !== undefined && file.purgedAt === undefined])
      : await store.datasets
          .version(target)
          .then((version) => [`${dataset}/${version?.name}`, version !== undefined && version.deletedAt === undefined]);
  if (isThere) return;
  throw new HeadraceError("HR_CONFLICT", `${what ?? target} is gone: no alias can stand for it`, {
    hint: "name something that is stored",
  });
}

async function viewOf(
  store: ProjectStore,
  { target = "", moves, movedAt, ...key }: AliasRecord,
  dataset: string | undefined,
): Promise<AliasView> {
  const name = dataset === undefined ? key.name : `${dataset}/${key.name}`;
  const { targetUri, targetName } = await targetOf(store, target, dataset);
  return {
    name,
    uri: `${dataset === undefined ? "datum" : "dataset"}://${name}`,
    kind: dataset === undefined ? "file" : "dataset",
    ...{ target, targetUri, targetName: targetName ?? target, moves, movedAt: isoTime(movedAt) },
  };
}

async function targetOf(
  store: ProjectStore,
  target: string,
  dataset: string | undefined,
): Promise<{ readonly targetUri: string; readonly targetName: string | null }> {
  if (dataset === undefined)
    return { targetUri: `datum://${target}`, targetName: (await store.data.get(target))?.name ?? null };
  const version = await store.datasets.version(target);
  return { targetUri: `dataset://${dataset}/${version?.name ?? target}`, targetName: version?.name ?? null };
}

function moveNumber(after: string): number {
  const number = Number(after);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new HeadraceError("HR_USAGE", `${JSON.stringify(after)} is no place in a list`, {
    hint: "use `next` of a page",
  });
}

function noAlias(name: string, record: AliasRecord | undefined): HeadraceError {
  const what = record === undefined ? `there is no alias ${JSON.stringify(name)}` : `the alias ${name} was taken away`;
  return new HeadraceError("HR_NOT_FOUND", what, { hint: "check its name" });
}
