import type { RunDetailView } from "../../api/index.ts";
import type { FromRequest, LocalInput, Project, RunOptions } from "../../app/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Plan, RunRequest } from "../../planning/index.ts";

/** What each round of `headrace dev` runs: a step on what it got in an earlier run, or with its defaults where it never ran. */
export class DevRequest {
  readonly step: string;
  readonly from: string | undefined;
  readonly #project: Project;
  readonly #request: RunRequest;
  readonly #recorded: readonly LocalInput[];
  /** Recorded inputs whose files have been saved since: from then on they are read anew. */
  readonly #saved = new Map<string, readonly string[]>();
  #uris: readonly string[] = [];

  private constructor(project: Project, request: RunRequest, from: string | undefined, recorded: readonly LocalInput[]) {
    this.step = request.target;
    this.from = from;
    this.#project = project;
    this.#request = request;
    this.#recorded = recorded;
  }

  static async open(project: Project, request: RunRequest, from: string | undefined): Promise<DevRequest> {
    const asked = new Set(request.inputs.map(({ name }) => name));
    const recorded = from === undefined ? [] : await project.localInputs(from, request.target);
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
    const stamps = [await this.#project.stampOf(this.#uris)];
    for (const { name, uris, stamp } of this.#recorded) {
      const now = await this.#project.stampOf(uris);
      if (now !== stamp) this.#saved.set(name, uris);
      stamps.push(now);
    }
    return stamps.join("\n");
  }

  async plan(isFresh: boolean): Promise<Plan> {
    if (this.from === undefined) return await this.#project.plan(this.#asked(isFresh));
    return await this.#project.planFrom(this.#askedFrom(isFresh, this.from));
  }

  /** Which files the inputs are may change with the configuration. Where that is broken, the round says so. */
  async #learnUris(): Promise<void> {
    const plan = await this.plan(false).catch((error: unknown) => {
      if (error instanceof HeadraceError) return undefined;
      throw error;
    });
    if (plan === undefined) return;
    this.#uris = plan.nodes.flatMap(({ inputs }) =>
      inputs.flatMap(({ sources }) => sources.flatMap((source) => (source.kind === "uri" ? [source.uri] : []))),
    );
  }

  async run(isFresh: boolean, options: RunOptions): Promise<RunDetailView> {
    if (this.from === undefined) return await this.#project.run(this.#asked(isFresh), options);
    return await this.#project.runFrom(this.#askedFrom(isFresh, this.from), options);
  }

  #askedFrom(isFresh: boolean, from: string): FromRequest {
    return { ...this.#asked(isFresh), from, downstream: false };
  }

  #asked(isFresh: boolean): RunRequest {
    const inputs = [...this.#request.inputs, ...[...this.#saved].map(([name, uris]) => ({ name, uris }))];
    return { ...this.#request, inputs, ...(isFresh ? { fresh: true } : {}) };
  }
}
