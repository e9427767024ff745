import type { Item } from "../items.ts";
import type { Config, Deployment, Endpoint, Model, ProjectDefaults, TaskBlueprint } from "../model.ts";
import type { Path } from "../report/problem.ts";
import type { ProblemList } from "../report/problem-list.ts";
import type { ItemKind } from "../schema/document.ts";
import type { DeploymentSource, EndpointSource } from "../schema/endpoint.ts";
import type { ModelSource } from "../schema/model.ts";
import type { PipelineSource } from "../schema/pipeline.ts";
import type { StepSource } from "../schema/step.ts";
import type { TaskSource } from "../schema/task.ts";
import { buildDeployment, buildEndpoint } from "./endpoint.ts";
import { buildModel } from "./model.ts";
import { buildPipeline, type PlacedPipeline } from "./pipeline.ts";
import { type Report, reportTo } from "./report.ts";
import { buildPython, buildStep, type PlacedStep } from "./step.ts";
import { buildTask } from "./task.ts";
import { type Placed, uniqueByName } from "./unique.ts";

/** The sound items of a file with their places: what the checks between items work on. */
export interface Draft {
  readonly steps: readonly PlacedStep[];
  readonly tasks: readonly Placed<TaskBlueprint>[];
  readonly endpoints: readonly Placed<Endpoint>[];
  readonly pipelines: readonly PlacedPipeline[];
  readonly deployments: readonly Placed<Deployment>[];
  readonly models: readonly Placed<Model>[];
  readonly project: ProjectDefaults;
  /** The items that `project` was made of. */
  readonly projectItems: readonly Placed<ProjectDefaults>[];
  /** Names of items that are in the file but not sound: a reference to one is no mistake of its own. */
  readonly unsound: Readonly<Record<ItemKind, ReadonlySet<string>>>;
}

/** Builds the model of every sound item. `check` tells whether an item is, and reports what is wrong with it. */
export function buildDraft(items: readonly Item[], check: (item: Item) => boolean, problems: ProblemList): Draft {
  const report = reportTo(problems);
  const sound: Item[] = [];
  const unsound = emptyNames();
  for (const item of items) {
    if (check(item)) sound.push(item);
    else unsound[item.kind].add(nameOf(item.content));
  }
  for (const name of unsound.blueprint) unsound.pipeline.add(name);
  return { ...buildItems(sound, report), unsound };
}

/** The model as other rooms see it. */
export function configOf(draft: Draft): Config {
  return {
    steps: draft.steps.map(({ value }) => value),
    pipelines: draft.pipelines.map(({ pipeline }) => pipeline),
    tasks: draft.tasks.map(({ value }) => value),
    endpoints: draft.endpoints.map(({ value }) => value),
    deployments: draft.deployments.map(({ value }) => value),
    models: draft.models.map(({ value }) => value),
    project: draft.project,
  };
}

function buildItems(items: readonly Item[], report: Report): Omit<Draft, "unsound"> {
  // The definition of its kind has accepted each content, which is what the casts to its type rest on.
  const all = <Value>(kinds: readonly ItemKind[], build: (item: Item) => Value): readonly Placed<Value>[] =>
    items.filter(({ kind }) => kinds.includes(kind)).map((item) => ({ value: build(item), path: item.path }));
  const steps = items
    .filter(({ kind }) => kind === "step")
    .map(({ content, path }) => placedStep(content as StepSource, path, report));
  const tasks = all(["task"], ({ content, path }) => buildTask(content as TaskSource, path, report));
  const endpoints = all(["endpoint"], ({ content }) => buildEndpoint(content as EndpointSource));
  const deployments = all(["deployment"], ({ content }) => buildDeployment(content as DeploymentSource));
  const models = all(["model"], ({ content }) => buildModel(content as ModelSource));
  const pipelines = all(["pipeline", "blueprint"], ({ content, path }) => {
    const placed = buildPipeline(content as PipelineSource, path, report);
    return { name: placed.pipeline.name, placed };
  });
  return {
    steps: uniqueByName("steps", steps, report),
    tasks: uniqueByName("tasks", tasks, report),
    endpoints: uniqueByName("endpoints", endpoints, report),
    deployments: uniqueByName("deployments", deployments, report),
    models: uniqueByName("models", models, report),
    pipelines: uniqueByName("pipelines", pipelines, report).map(({ value }) => value.placed),
    ...projectOf(items),
  };
}

function placedStep(source: StepSource, path: Path, report: Report): PlacedStep {
  return { value: buildStep(source, path, report), path, commandIsText: typeof source.command === "string" };
}

/** Returns the keys of the project. If there are several `- project:` items, the later ones' keys count. */
function projectOf(items: readonly Item[]): Pick<Draft, "project" | "projectItems"> {
  const projectItems = items
    .filter(({ kind }) => kind === "project")
    .map((item) => ({ value: projectDefaults(item), path: item.path }));
  return { project: Object.assign({}, ...projectItems.map(({ value }) => value)), projectItems };
}

function projectDefaults({ content }: Item): ProjectDefaults {
  const python = buildPython((content as { readonly python?: Parameters<typeof buildPython>[0] }).python);
  return python === undefined ? {} : { python };
}

function nameOf(content: unknown): string {
  if (typeof content !== "object" || content === null || !("name" in content)) return "";
  return typeof content.name === "string" ? content.name : "";
}

function emptyNames(): Record<ItemKind, Set<string>> {
  return {
    step: new Set(),
    endpoint: new Set(),
    pipeline: new Set(),
    blueprint: new Set(),
    task: new Set(),
    deployment: new Set(),
    model: new Set(),
    project: new Set(),
  };
}
