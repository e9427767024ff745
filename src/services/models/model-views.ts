import type { ModelVersionDetailView, ModelVersionView, ModelView } from "../../api/index.ts";
import { CHAMPION, type ModelRecord, type ModelVersionRecord, type ProjectStore } from "../../store/index.ts";
import { isoTime } from "../records/view-of.ts";
import { modelCard } from "./model-card.ts";

export async function modelView(store: ProjectStore, model: ModelRecord): Promise<ModelView> {
  const [latest] = model.latest === undefined ? [] : await versionViews(store, [model.latest]);
  return {
    ...{ name: model.name, description: model.description, versions: model.versionCount },
    latest: latest ?? null,
    champion: (await store.models.resolve(model, CHAMPION))?.number ?? null,
    ...{ createdAt: isoTime(model.createdAt), createdBy: model.actor },
  };
}

export async function versionViews(
  store: ProjectStore,
  versions: readonly ModelVersionRecord[],
): Promise<readonly ModelVersionView[]> {
  const aliases = await store.aliases.of(
    "model",
    versions.map(({ id }) => id),
  );
  return versions.map((version) => viewOf(version, aliases.get(version.id) ?? []));
}

function viewOf(version: ModelVersionRecord, aliases: readonly string[]): ModelVersionView {
  const { id, model, number, state, decisions, tags, note, facts } = version;
  return {
    ...{ id, model, version: number, uri: `model://${model}/${number}`, state, decisions, aliases, tags, note },
    ...{ files: version.fileCount, sizeBytes: version.sizeBytes, metrics: facts.metrics },
    ...{ run: facts.run, execution: facts.execution, createdAt: isoTime(version.createdAt), createdBy: version.actor },
  };
}

export async function versionDetail(store: ProjectStore, version: ModelVersionRecord): Promise<ModelVersionDetailView> {
  const [view] = await versionViews(store, [version]);
  if (view === undefined) throw new Error("a version without a view");
  const { step, node, commit, parameters, checks, inputs } = version.facts;
  const files = await store.models.files(version.id);
  const decisions = await store.models.decisions(version.id);
  const detail: Omit<ModelVersionDetailView, "card"> = {
    ...{ ...view, step, node, commit },
    parameters: parameters as ModelVersionDetailView["parameters"],
    checks: checks ?? null,
    inputs: inputs.map(({ name, fileCount, sizeBytes, sha256, uris, files: sources }) => ({
      ...{ name, files: fileCount, sizeBytes, sha256, uris },
      sources: sources.map((source) => ({ name: source.name, uri: source.uri, file: source.datumId })),
    })),
    contents: files.map(({ name, datumId, sizeBytes, sha256, purgedAt }) => ({
      ...{ name, file: datumId, sizeBytes, sha256 },
      ...(purgedAt !== undefined && { purgedAt: isoTime(purgedAt) }),
    })),
    history: decisions.map(({ ordinal, state, at, actor, reason, evidence }) => ({
      ...{ decision: ordinal, state, at: isoTime(at), actor, reason, evidence: evidence ?? null },
    })),
  };
  const model = await store.models.find(version.model);
  return { ...detail, card: modelCard(detail, model?.description ?? "") };
}
