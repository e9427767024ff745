import type {
  ModelAliasView,
  ModelAliasWish,
  ModelDecisionRequest,
  ModelDifferenceView,
  ModelVersionDetailView,
  ModelVersionView,
  ModelView,
  Page,
  PageRequest,
} from "../../api/index.ts";
import { dataNameProblem } from "../../data-address.ts";
import { HeadraceError } from "../../errors.ts";
import type { AliasRecord, ModelRecord, ModelVersionRecord, ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { isoTime } from "../records/view-of.ts";
import { hideInLabels } from "../variables/hidden-secrets.ts";
import { requireModel, requireModelVersion, requireVersionOf } from "./find-version.ts";
import { modelView, versionDetail, versionViews } from "./model-views.ts";

/** Moves of an alias that are shown. */
const SHOWN_MOVES = 100;
const MOST_ALIASES = 1_000;

/** By name. */
export async function listModels({ project }: Context, { limit, after }: PageRequest): Promise<Page<ModelView>> {
  requirePageSize(limit);
  if (!project.hasState()) return { items: [], next: null };
  const store = await project.reader();
  const found = await store.models.list({ limit: limit + 1, ...(after !== undefined && { after }) });
  const items: ModelView[] = [];
  for (const model of found.slice(0, limit)) items.push(await modelView(store, model));
  return { items, next: found.length > limit ? (items.at(-1)?.name ?? null) : null };
}

export async function getModel({ project }: Context, name: string): Promise<ModelView> {
  const store = await project.reader();
  return await modelView(store, await requireModel(store, name));
}

/** The newest first. */
export async function listModelVersions(
  { project }: Context,
  name: string,
  { limit, after }: PageRequest,
): Promise<Page<ModelVersionView>> {
  requirePageSize(limit);
  const store = await project.reader();
  const { id } = await requireModel(store, name);
  const before = after === undefined ? {} : { before: placeIn(after) };
  const found = await store.models.versions(id, { ...before, limit: limit + 1 });
  const items = await versionViews(store, found.slice(0, limit));
  return { items, next: found.length > limit ? String(items.at(-1)?.version) : null };
}

export async function getModelVersion(
  { project }: Context,
  model: string,
  ref: string,
): Promise<ModelVersionDetailView> {
  const store = await project.reader();
  return await versionDetail(store, await requireModelVersion(store, model, ref));
}

/**
 * Records a person's decision. A reason is needed where something was decided before: by evidence, or by somebody.
 * Throws HR_CONFLICT where somebody decides meanwhile.
 */
export async function decideModelVersion(
  { project, actor, now }: Context,
  model: string,
  ref: string,
  { decision, reason: given = "", after }: ModelDecisionRequest,
): Promise<ModelVersionDetailView> {
  const store = await project.existingWriter();
  const version = await requireModelVersion(store, model, ref);
  const reason = (await hideInLabels(project, given)).trim();
  if (version.state !== "pending" && version.state !== decision && reason === "")
    throw new HeadraceError(
      "HR_USAGE",
      `${model}/${version.number} is ${version.state}: to overrule that takes a reason`,
      {
        hint: "say why",
      },
    );
  const wanted = { state: decision, reason, after: after ?? version.decisions };
  const decided = await store.models.decide(version.id, wanted, { actor, at: now() });
  return await versionDetail(store, decided);
}

export async function listModelAliases({ project }: Context, name: string): Promise<readonly ModelAliasView[]> {
  const store = await project.reader();
  const model = await requireModel(store, name);
  const found = await store.aliases.list({ kind: "model", owner: model.id }, { limit: MOST_ALIASES });
  const views: ModelAliasView[] = [];
  for (const alias of found) views.push(await aliasView(store, model, alias));
  return views;
}

/** Throws HR_CONFLICT where it was moved since `after`, or the version is rejected. */
export async function moveModelAlias(
  { project, actor, now }: Context,
  name: string,
  alias: string,
  { version, comment = "", after }: ModelAliasWish,
): Promise<ModelAliasView> {
  const store = await project.existingWriter();
  const model = await requireModel(store, name);
  const problem = dataNameProblem(alias);
  if (problem !== undefined)
    throw new HeadraceError("HR_USAGE", `the alias ${JSON.stringify(alias)} ${problem}`, {
      hint: "give it another name",
    });
  const known = await store.aliases.get({ kind: "model", owner: model.id, name: alias });
  if (version === null && known?.target === undefined)
    throw new HeadraceError("HR_NOT_FOUND", `the model ${name} has no alias ${JSON.stringify(alias)}`, {
      hint: [{ do: "show-model", model: name }, " lists its versions and aliases"],
    });
  const target = version === null ? null : (await requireModelVersion(store, name, version)).id;
  const move = { target, comment: await hideInLabels(project, comment), ...(after !== undefined && { after }) };
  return await aliasView(store, model, await store.models.moveAlias(model, alias, move, { actor, at: now() }));
}

/** The differences between two versions, which may be of two models. */
export async function compareModelVersions(
  { project }: Context,
  model: string,
  ref: string,
  { since }: { readonly since: string },
): Promise<ModelDifferenceView> {
  const store = await project.reader();
  const [before, after] = [await requireVersionOf(store, since, model), await requireModelVersion(store, model, ref)];
  const [old, now] = [before.facts, after.facts];
  const inputsOf = ({ facts }: ModelVersionRecord) =>
    Object.fromEntries(facts.inputs.map(({ name, sha256 }) => [name, sha256]));
  const filesOf = async ({ id }: ModelVersionRecord) =>
    Object.fromEntries((await store.models.files(id)).map(({ name, sha256 }) => [name, sha256]));
  return {
    ...{ before: `${before.model}/${before.number}`, after: `${after.model}/${after.number}` },
    commit: { before: old.commit, after: now.commit },
    metrics: differences(old.metrics, now.metrics),
    parameters: differences(old.parameters, now.parameters),
    inputs: differences(inputsOf(before), inputsOf(after)),
    files: differences(await filesOf(before), await filesOf(after)),
  };
}

function differences<Value>(
  before: Readonly<Record<string, Value>>,
  after: Readonly<Record<string, Value>>,
): readonly { readonly name: string; readonly before: Value | null; readonly after: Value | null }[] {
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...old.keys(), ...now.keys()])].toSorted().flatMap((name) => {
    const [one, other] = [old.get(name) ?? null, now.get(name) ?? null];
    return JSON.stringify(one) === JSON.stringify(other) ? [] : [{ name, before: one, after: other }];
  });
}

async function aliasView(store: ProjectStore, model: ModelRecord, alias: AliasRecord): Promise<ModelAliasView> {
  const { name, moves, movedAt } = alias;
  const history = await store.aliases.history({ kind: "model", owner: model.id, name }, { limit: SHOWN_MOVES });
  const numbers = new Map<string, number>();
  for (const target of new Set([alias.target, ...history.map((move) => move.target)])) {
    const version = target === undefined ? undefined : await store.models.version(target);
    if (version !== undefined) numbers.set(version.id, version.number);
  }
  return {
    ...{ name, model: model.name, uri: `model://${model.name}/${name}` },
    ...{ version: numbers.get(alias.target ?? "") ?? null, moves, movedAt: isoTime(movedAt) },
    history: history.map(({ ordinal, target, at, actor, comment }) => ({
      ...{ move: ordinal, version: numbers.get(target ?? "") ?? null, at: isoTime(at), actor, comment },
    })),
  };
}

function placeIn(after: string): number {
  const number = Number(after);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new HeadraceError("HR_USAGE", `${JSON.stringify(after)} is no place in a list`, {
    hint: "use `next` of a page",
  });
}
