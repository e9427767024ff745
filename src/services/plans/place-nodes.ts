import type { Advice } from "../../advice.ts";
import { type Step, THIS_MACHINE } from "../../config/index.ts";
import type { Presence } from "../../executors/index.ts";
import type { Plan, PlannedNode, PlanProblem } from "../../planning/index.ts";
import { beyondLimits, type EnvironmentSettings, findEnvironment } from "../../settings/index.ts";
import type { InstalledSettings } from "../installation/load-settings.ts";

export interface PlacedPlan {
  readonly plan: Plan;
  readonly warnings: readonly string[];
  readonly problems: readonly PlanProblem[];
}

export interface Placing {
  readonly settings: InstalledSettings;
  /** `--environment` or HEADRACE_ENVIRONMENT: all nodes run there, whatever their steps say. */
  readonly wanted: string | undefined;
  /** Returns whether the place for steps with an image can be used on this machine; asked at most once. */
  readonly imagePresence: () => Promise<Presence>;
}

/**
 * Chooses the environment of every node: the request's, else the step's (or its override's), else the installation's
 * default; else a step with an image runs in a container where there is an engine, and everything else on this machine;
 * an engine that is there and does not answer is a problem, and no reason to run the step elsewhere. A step with
 * `python` brings what it needs, so that its image is not asked for. The choice is kept in the plan: it is the same
 * when the run is carried on tomorrow.
 */
export async function placeNodes(plan: Plan, placing: Placing): Promise<PlacedPlan> {
  const placer = new Placer(placing);
  const nodes: PlannedNode[] = [];
  for (const node of plan.nodes) nodes.push(await placer.place(node));
  return { plan: { ...plan, nodes }, warnings: [...placer.warnings], problems: placer.problems };
}

class Placer {
  readonly #placing: Placing;
  /** Thousands of nodes may share a step: it is placed once. */
  readonly #placed = new Map<Step, { readonly environment?: string; readonly step: Step }>();
  readonly #problems = new Map<string, PlanProblem>();
  readonly warnings = new Set<string>();
  #forImages: Promise<Presence> | undefined;

  constructor(placing: Placing) {
    this.#placing = placing;
  }

  get problems(): readonly PlanProblem[] {
    return [...this.#problems.values()];
  }

  async place(node: PlannedNode): Promise<PlannedNode> {
    let placed = this.#placed.get(node.step);
    if (placed === undefined) {
      placed = await this.#placeStep(node.step);
      this.#placed.set(node.step, placed);
    }
    return { ...node, ...placed };
  }

  async #placeStep(step: Step): Promise<{ readonly environment?: string; readonly step: Step }> {
    const environment = await this.#choose(step);
    if (environment === undefined) return { step };
    const beyond = beyondLimits(step.resources, environment.limits);
    if (beyond.length > 0) {
      this.#problem(
        `step ${step.name} asks for more than the environment ${environment.slug} has: ${beyond.join(", ")}`,
        ["ask for less, or name another environment (", { do: "list-environments" }, " lists them)"],
      );
    }
    this.#reviewMounts(step, environment);
    const image = step.image === "" ? environment.image : undefined;
    return { environment: environment.slug, step: image === undefined ? step : { ...step, image } };
  }

  async #choose(step: Step): Promise<EnvironmentSettings | undefined> {
    const { settings, wanted } = this.#placing;
    if (wanted !== undefined) return this.#find(wanted, "");
    if (step.environment !== undefined && step.environment.trim() !== "") {
      // Files from elsewhere name the machines of their own installation; where none are set up, that is no mistake of
      // this one.
      const isKnown = findEnvironment(settings.environments, step.environment).ok;
      if (isKnown || settings.environments.some(({ isConfigured }) => isConfigured))
        return this.#find(step.environment, `step ${step.name}: `);
      this.warnings.add(
        `step ${step.name}: the environment ${step.environment} is not known here, where none are set up; the step runs on this machine`,
      );
    }
    if (settings.defaultEnvironment !== undefined)
      return this.#find(settings.defaultEnvironment, "default-environment: ");
    return this.#find(settings.kinds.builtIn((await this.#belongsInContainer(step)) ? "images" : "programs"), "");
  }

  async #belongsInContainer(step: Step): Promise<boolean> {
    if (step.image === "" || step.python !== undefined) return false;
    this.#forImages ??= this.#placing.imagePresence();
    const presence = await this.#forImages;
    if (presence.kind === "silent") {
      this.#problem(
        `step ${step.name}: its image ${step.image} is for a container, and ${presence.reason}`,
        presence.hint ?? [
          "start the container engine, or run with ",
          { do: "set", option: "environment", value: THIS_MACHINE },
        ],
      );
    }
    if (presence.kind === "absent" && presence.reason !== undefined)
      this.warnings.add(
        `step ${step.name}: ${presence.reason}; the step runs on this machine, without its image ${step.image}`,
      );
    return presence.kind !== "absent";
  }

  #find(text: string, place: string): EnvironmentSettings | undefined {
    const found = findEnvironment(this.#placing.settings.environments, text);
    if (found.ok) return found.environment;
    this.#problem(`${place}${found.message}`, found.hint);
    return undefined;
  }

  #reviewMounts(step: Step, environment: EnvironmentSettings): void {
    if (step.mounts.length === 0) return;
    const { refuseMount } = this.#placing.settings.kinds.of(environment);
    if (refuseMount === undefined) {
      this.warnings.add(
        `step ${step.name}: mounts are for containers and have no effect in the environment ${environment.slug}, where the step sees the machine's own folders`,
      );
      return;
    }
    for (const mount of step.mounts) {
      const refusal = refuseMount(mount);
      if (refusal === undefined) continue;
      this.#problem(
        `step ${step.name}: the folder ${mount.source} cannot be mounted in the environment ${environment.slug}: ${refusal.reason}`,
        refusal.hint,
      );
    }
  }

  #problem(message: string, hint: Advice): void {
    if (!this.#problems.has(message)) this.#problems.set(message, { kind: "configuration", message, hint });
  }
}
