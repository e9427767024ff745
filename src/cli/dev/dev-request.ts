import type { PlannedView, PlanRequest } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { LocalInput, LocalProject } from "../../services/index.ts";

/**
 * The step that each round of `headrace dev` runs: on what it got in an earlier run, or with its defaults if it never
 * ran.
 */
export class DevRequest {
  readonly step: string;
  readonly from: string | undefined;
  readonly #project: LocalProject;
  readonly #request: PlanRequest;
  readonly #recorded: readonly LocalInput[];
  /** Recorded inputs whose files have been saved since: from then on they are read anew. */
  readonly #saved = new Map<string, readonly string[]>();
  #uris: readonly string[] = [];

  private constructor(
    project: LocalProject,
    request: PlanRequest,
    from: string | undefined,
    recorded: readonly LocalInput[],
  ) {
    this.step = request.target;
    this.from = from;
    this.#project = project;
    this.#request = request;
    this.#recorded = recorded;
  }

  static async open(project: LocalProject, request: PlanRequest, from: string | undefined): Promise<DevRequest> {
    const asked = new Set(request.inputs.map(({ name }) => name));
    const recorded = from === undefined ? [] : await project.development.localInputs(from, request.target);
    return new DevRequest(
      project,
      request,
      from,
      recorded.filter(({ name }) => !asked.has(name)),
    );
  }

  /** Changes when a file of this machine behind an input is saved. */
  async stamp(): Promise<string> {
    await this.#learnUris();
    const stamps = [await this.#project.development.stampOf(this.#uris)];
    for (const { name, uris, stamp } of this.#recorded) {
      const now = await this.#project.development.stampOf(uris);
      if (now !== stamp) this.#saved.set(name, uris);
      stamps.push(now);
    }
    return stamps.join("\n");
  }

  async plan(isFresh: boolean): Promise<PlannedView> {
    return await this.#project.api.plans.create(this.#asked(isFresh));
  }

  /** The configuration may change the files that the inputs are. If that is broken, the round says so. */
  async #learnUris(): Promise<void> {
    const plan = await this.plan(false).catch((error: unknown) => {
      if (error instanceof HeadraceError) return undefined;
      throw error;
    });
    if (plan === undefined) return;
    const sources = plan.nodes.flatMap(({ inputs }) => Object.values(inputs).flat());
    this.#uris = sources.flatMap(({ kind, from }) => (kind === "uri" ? [from] : []));
  }

  #asked(isFresh: boolean): PlanRequest {
    const inputs = [...this.#request.inputs, ...[...this.#saved].map(([name, uris]) => ({ name, uris }))];
    return {
      ...this.#request,
      inputs,
      ...(isFresh ? { fresh: true } : {}),
      ...(this.from === undefined ? {} : { from: { ref: this.from, downstream: false } }),
    };
  }
}
