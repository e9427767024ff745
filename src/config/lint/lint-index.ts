import type { Draft } from "../build/draft.ts";
import type { Pipeline, PipelineNode, Step, TaskBlueprint } from "../model.ts";

/**
 * Looks items up by name. A lookup answers `unknown-to-us` where the file has the item, or another commit does, but not
 * in a form to check against.
 */
export class LintIndex {
  readonly stepNames: readonly string[];
  readonly taskNames: readonly string[];
  readonly endpointNames: ReadonlySet<string>;
  readonly #draft: Draft;
  readonly #steps: ReadonlyMap<string, Step>;
  readonly #tasks: ReadonlyMap<string, TaskBlueprint>;
  readonly #pipelines: ReadonlyMap<string, Pipeline>;

  readonly #names = { inputs: new Map<Step, ReadonlySet<string>>(), parameters: new Map<Step, ReadonlySet<string>>() };

  constructor(draft: Draft) {
    this.#draft = draft;
    this.#steps = new Map(draft.steps.map(({ value }) => [value.name, value]));
    this.#tasks = new Map(draft.tasks.map(({ value }) => [value.name, value]));
    this.#pipelines = new Map(draft.pipelines.map(({ pipeline }) => [pipeline.name, pipeline]));
    this.stepNames = [...this.#steps.keys()];
    this.taskNames = [...this.#tasks.keys()];
    this.endpointNames = new Set([...draft.endpoints.map(({ value }) => value.name), ...draft.unsound.endpoint]);
  }

  hasStep(name: string): boolean {
    return this.#steps.has(name) || this.#draft.unsound.step.has(name);
  }

  hasTask(name: string): boolean {
    return this.#tasks.has(name) || this.#draft.unsound.task.has(name);
  }

  task(name: string): TaskBlueprint | undefined {
    return this.#tasks.get(name);
  }

  step(name: string): Step | undefined {
    return this.#steps.get(name);
  }

  get pipelineNames(): readonly string[] {
    return [...this.#pipelines.keys()];
  }

  hasPipeline(name: string): boolean {
    return this.#pipelines.has(name) || this.#draft.unsound.pipeline.has(name);
  }

  pipeline(name: string): Pipeline | undefined {
    return this.#pipelines.get(name);
  }

  /** The pipeline that a node runs, where this file defines it. */
  pipelineOf(node: PipelineNode | undefined): Pipeline | undefined {
    return node?.type === "pipeline" && node.commit === undefined ? this.#pipelines.get(node.pipeline) : undefined;
  }

  /** Names of a step's inputs or parameters. */
  names(step: Step, list: "inputs" | "parameters"): ReadonlySet<string> {
    const memo = this.#names[list];
    const known = memo.get(step) ?? new Set(step[list].map(({ name }) => name));
    memo.set(step, known);
    return known;
  }

  /** The step that a node runs, where this file defines it. */
  stepOf(node: PipelineNode): Step | undefined {
    if (node.type === "deployment" || node.type === "pipeline" || node.commit !== undefined) return undefined;
    const name =
      node.step ?? (node.type === "task" && node.task !== undefined ? this.#tasks.get(node.task)?.step : undefined);
    return name === undefined ? undefined : this.#steps.get(name);
  }
}
