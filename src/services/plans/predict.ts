import type { Prediction } from "../../api/index.ts";
import type { InputFile, StepInput } from "../../contract/index.ts";
import { inputFile, Reuse, type Verdict } from "../../engine/index.ts";
import { HeadraceError } from "../../errors.ts";
import {
  checksAreOfTheirTime,
  type PlannedExecution,
  type PlannedNode,
  type ResolvedNode,
} from "../../planning/index.ts";
import type { Sources } from "../../sources/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { projectSources } from "../installation/project-sources.ts";
import { cacheFolder } from "../installation/state-folder.ts";
import { Explainer } from "../records/why/explain.ts";
import { checkInputs } from "./check-inputs.ts";
import { type PlanWithCode, pinCode } from "./plan-code.ts";
import { openReadOnlyStores } from "./read-only-stores.ts";
import type { Foresight } from "./why-view.ts";

/** The prediction for a step that never succeeded: there is nothing to reuse, whatever its inputs. */
export const FIRST_RUN: Prediction = {
  outcome: "run",
  execution: null,
  text: "no execution of this step has succeeded yet",
};

/**
 * Predicts, node after node; refuses what a run would refuse. Reads and hashes; nothing is recorded, downloaded or
 * stored.
 */
export async function predictPlan(
  project: ProjectResources,
  store: ProjectStore,
  { plan: planned, code }: PlanWithCode,
): Promise<Foresight> {
  const blobs = await project.blobs();
  using dry = openReadOnlyStores(store, blobs, cacheFolder(project));
  const now = Date.now;
  const { cacheFolder: aside } = dry;
  const sources = projectSources(project, { blobs: dry.blobs, store: dry.store, cacheFolder: aside, now });
  await checkInputs(sources, planned);
  const { plan, record, warnings } = await pinCode(planned, code, { ...dry, now });
  const reused = new Map<string, string>();
  const settings = await project.settings();
  await using places = await project.openPlaces(settings);
  const reuse = new Reuse(
    // Outputs are looked for where they really are.
    {
      store: dry.store,
      blobs: {
        ...pickReads(dry.blobs),
        missing: (names) => blobs.missing(names),
        resized: (refs) => blobs.resized(refs),
      },
    },
    {
      beforeNumber: Number.MAX_SAFE_INTEGER,
      commit: record.identifier,
      nodes: plan.nodes.filter((node) => node.kind === "execution"),
      sources: { executionIdOf: (node) => reused.get(node) },
      imageOf: async (environmentName, image) => {
        const environment = settings.environments.find(({ slug }) => slug === environmentName);
        // The others know no images before they run one.
        if (environment === undefined || !settings.kinds.of(environment).knowsImages) return undefined;
        return await (await places.placeOf({ id: "none", environmentName })).executor.imageId?.(image);
      },
      surroundingsOf: async (environmentName, step) => {
        const environment = settings.environments.find(({ slug }) => slug === environmentName);
        if (environment === undefined || !settings.kinds.of(environment).seesMachine) return undefined;
        const { executor } = await places.placeOf({ id: "none", environmentName });
        return executor.surroundings?.({ ...step, variables: { ...environment.variables, ...step.variables } });
      },
      executorOf: async (name) => settings.environments.find(({ slug }) => slug === name)?.executor ?? name,
    },
  );
  const predictor = new Predictor(reuse, sources, reused, new Explainer(dry.store, dry.blobs), record.identifier);
  const predictions: Prediction[] = [];
  for (const node of plan.nodes) predictions.push(await predictor.predict(node));
  return { predictions, warnings };
}

function pickReads(blobs: Parameters<typeof openReadOnlyStores>[1]) {
  return { readBytes: (sha256: string) => blobs.readBytes(sha256) };
}

class Predictor {
  readonly #reuse: Reuse;
  readonly #sources: Sources;
  readonly #reused: Map<string, string>;
  readonly #explainer: Explainer;
  readonly #commit: string;
  /** Nodes of which it is not known whether they run. */
  readonly #open = new Set<string>();

  constructor(reuse: Reuse, sources: Sources, reused: Map<string, string>, explainer: Explainer, commit: string) {
    this.#reuse = reuse;
    this.#sources = sources;
    this.#reused = reused;
    this.#explainer = explainer;
    this.#commit = commit;
  }

  async predict(node: PlannedNode): Promise<Prediction> {
    if (node.kind === "task") {
      this.#open.add(node.name);
      return unknown("the values of its executions are chosen one by one when it runs, and equal ones are reused");
    }
    const open = sourcesOf(node).find((source) => !this.#reused.has(source));
    const isForced =
      node.alwaysRuns !== undefined || node.step.reuse?.enabled === false || checksAreOfTheirTime(node.step);
    if (!isForced && (await this.#reuse.isFirst(node))) return FIRST_RUN;
    if (open !== undefined && !isForced) {
      this.#open.add(node.name);
      return unknown(`depends on ${open}, which ${this.#open.has(open) ? "may run" : "runs"}`);
    }
    const [verdict] = await this.#reuse.decide([node]);
    if (verdict?.kind !== "fetch") return await this.#say(node, verdict);
    try {
      const inputs = await this.#look(verdict.resolved);
      if (inputs === undefined) return unknown("depends on an input by URL, which is looked up when it runs");
      return await this.#say(node, await this.#reuse.decideFetched(node, verdict.resolved, inputs), {
        resolved: verdict.resolved,
        inputs,
      });
    } catch (error) {
      if (error instanceof HeadraceError)
        return { outcome: "run", execution: null, text: `would fail: ${error.message}` };
      throw error;
    }
  }

  async #say(
    node: PlannedExecution,
    verdict: Verdict | undefined,
    known?: { readonly resolved: ResolvedNode; readonly inputs: readonly StepInput[] },
  ): Promise<Prediction> {
    if (verdict?.kind === "reuse") {
      this.#reused.set(node.name, verdict.executionId);
      const { execution } = verdict.decision;
      return { outcome: "reuse", execution, text: `nothing that counts has changed since execution ${execution}` };
    }
    if (verdict?.kind !== "run") return unknown("its inputs are not known yet");
    const resolved = known ?? (await this.#reuse.resolved(node));
    const facts = resolved && (await this.#reuse.factsOf(node, resolved.resolved, resolved.inputs));
    return {
      outcome: "run",
      execution: null,
      text: await this.#explainer.explainPrediction(verdict.decision, node, facts, node.commit ?? this.#commit),
    };
  }

  /** Undefined where only a server could tell. */
  async #look(resolved: ResolvedNode): Promise<readonly StepInput[] | undefined> {
    const inputs: StepInput[] = [];
    for (const { uris, files, ...input } of resolved.inputs) {
      if (uris.some((uri) => /^https?:/i.test(uri))) return undefined;
      const fetched: InputFile[] = files.map((file) => ({ ...file, uri: "" }));
      for (const uri of uris) for (const file of await this.#fetch(uri)) fetched.push(file);
      inputs.push({ ...input, files: fetched });
    }
    return inputs;
  }

  async #fetch(uri: string): Promise<readonly InputFile[]> {
    const files = await this.#sources.fetch(uri, {
      signal: new AbortController().signal,
      report: () => undefined,
      warn: () => undefined,
    });
    return files.map(inputFile);
  }
}

function unknown(text: string): Prediction {
  return { outcome: "unknown", execution: null, text };
}

/** The nodes whose results it reads; mere order does not matter. */
function sourcesOf(node: PlannedNode): readonly string[] {
  return [
    ...node.parameterEdges.map(({ from }) => from.node),
    ...node.environmentVariableEdges.map(({ node: source }) => source),
    ...node.inputs.flatMap((input) => input.sources.flatMap((source) => ("node" in source ? [source.node] : []))),
  ];
}
