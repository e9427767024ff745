import { availableParallelism } from "node:os";
import type { EngineNotice } from "../../api/index.ts";
import {
  clearAgain,
  clearLost,
  EngineHost,
  EngineProcess,
  EngineRegistry,
  type HostedProject,
  keepWaiting,
  ProjectDriver,
  type ProjectNotice,
  type ResourceSlots,
  type StepCalls,
  WorkerSlots,
} from "../../engine/index.ts";
import { HeadraceError } from "../../errors.ts";
import { isAlive } from "../../machine/index.ts";
import type { DatabaseEngines, EngineIdentity, WorkKind } from "../../store/index.ts";
import { assembleEngine, type EngineSetting, machineSlots } from "../installation/assemble-engine.ts";
import type { MachinePlace } from "../installation/machine-folders.ts";
import { type EnginePlace, engineName, ownIdentity, poolOf } from "../installation/own-identity.ts";
import { executionsFolder } from "../installation/state-folder.ts";

/** The projects that a process works for: that of a folder, or all of a server's home. */
export interface ProjectsToHost {
  /**
   * The place where the process works: by it others know which files it reaches, and steps stand in line for the
   * machine.
   */
  readonly place: EnginePlace & MachinePlace;
  readonly engines: DatabaseEngines;
  /** Opened at the start whether or not it has work, which shows if it can be worked for. */
  readonly first?: string;
  concerns(projectId: string): boolean;
  open(projectId: string): Promise<EngineSetting>;
  /** Decides what becomes of the process when a project, or the search for work, fails. Absent: it ends. */
  readonly onFailure?: (error: unknown, projectId?: string) => "end" | "go-on";
}

export interface HostOptions {
  /** Number of steps that run here at a time; absent: as many as there are processors. */
  readonly jobs?: number;
  readonly exitWhenIdle: boolean;
  readonly signal: AbortSignal;
  readonly onNotice: (notice: EngineNotice) => void;
  /** The way of steps to the server that this process is; absent: it is none. */
  readonly stepCalls?: StepCalls;
}

/** Works for every run of the projects until it is told to end, or until there is nothing left to do. */
export async function hostProjects(projects: ProjectsToHost, options: HostOptions): Promise<void> {
  const jobs = options.jobs ?? availableParallelism();
  if (!(Number.isInteger(jobs) && jobs >= 1)) {
    throw new HeadraceError("HR_USAGE", `${jobs} steps cannot run at a time`, {
      hint: "give a whole number from 1 up",
    });
  }
  const slots = new WorkerSlots(jobs);
  do {
    await using host = await ProcessHost.open(projects, slots, options);
    await host.run();
    // A run that was recorded while this engine was about to leave, and was found living, has nobody else.
  } while (!options.signal.aborted && (await findWork(projects, "waiting")).length > 0);
}

/** The ids of the projects in which there is something to do for this process: one question for all of them. */
async function findWork({ place, engines, concerns }: ProjectsToHost, what: WorkKind): Promise<readonly string[]> {
  const own = poolOf(place);
  const work = (await engines.listWork(what)).filter(({ pool }) => pool === "" || pool === own);
  return [...new Set(work.map(({ projectId }) => projectId))].filter(concerns);
}

/** The engine of this process, from its coming to its leaving. */
class ProcessHost implements AsyncDisposable {
  readonly #projects: ProjectsToHost;
  readonly #slots: WorkerSlots;
  readonly #options: HostOptions;
  readonly #identity: EngineIdentity;
  readonly #machine: ResourceSlots;
  readonly #process: EngineProcess;
  readonly #pool: string;
  readonly #clock = { now: Date.now, monotonic: () => performance.now() };
  readonly #registries = new Map<string, EngineRegistry>();
  /** The names under which this process has failed a project. */
  readonly #former = new Map<string, Set<string>>();
  #isReady = false;

  private constructor(
    projects: ProjectsToHost,
    {
      slots,
      options,
      identity,
      machine,
    }: {
      readonly slots: WorkerSlots;
      readonly options: HostOptions;
      readonly identity: EngineIdentity;
      readonly machine: ResourceSlots;
    },
  ) {
    this.#projects = projects;
    this.#slots = slots;
    this.#options = options;
    this.#identity = identity;
    this.#machine = machine;
    this.#pool = poolOf(projects.place);
    this.#process = this.#newProcess();
  }

  static async open(projects: ProjectsToHost, slots: WorkerSlots, options: HostOptions): Promise<ProcessHost> {
    const identity = { ...(await ownIdentity(projects.place)), takesAnyRun: true };
    return new ProcessHost(projects, { slots, options, identity, machine: await machineSlots(projects.place) });
  }

  async run(): Promise<void> {
    const { first, engines, onFailure } = this.#projects;
    if (first === undefined) this.#sayReady();
    await new EngineHost({
      findWork: async (what) => [
        ...(first === undefined || this.#isReady ? [] : [first]),
        ...(await findWork(this.#projects, what)).filter((id) => this.#isReady || id !== first),
      ],
      listen: (listener) => engines.listenToAll(listener),
      open: (id) => this.#open(id),
      exitWhenIdle: this.#options.exitWhenIdle,
      signal: this.#options.signal,
      onNotice: (id, notice) => this.#options.onNotice(noticeOf(notice, first === undefined ? id : undefined)),
      ...(onFailure && { onFailure: (error: unknown, id?: string) => this.#failed(onFailure, error, id) }),
    }).run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  #newProcess(): EngineProcess {
    const store = { engines: this.#projects.engines };
    return new EngineProcess({
      ...{ store, clock: this.#clock, id: engineName(this.#identity), identity: this.#identity, isAlive },
    });
  }

  #sayReady(): void {
    this.#isReady = true;
    this.#options.onNotice({ kind: "ready", engine: this.#process.id, slots: this.#slots.size, pool: this.#pool });
  }

  /**
   * Gives up the project. The work that this process holds there is claimed under another name: under this one it would
   * be taken for living, and left alone.
   */
  #failed(
    onFailure: NonNullable<ProjectsToHost["onFailure"]>,
    error: unknown,
    id: string | undefined,
  ): "end" | "go-on" {
    if (id !== undefined) {
      const former = this.#former.get(id) ?? new Set();
      this.#former.set(id, former.add(this.#registries.get(id)?.id ?? this.#process.id));
      this.#registries.delete(id);
    }
    return onFailure(error, id);
  }

  async #open(id: string): Promise<HostedProject> {
    const setting = await this.#projects.open(id);
    await using opening = new AsyncDisposableStack();
    const members = await this.#membersOf(id, setting, opening);
    const { stepCalls } = this.#options;
    const { parts } = opening.use(
      await assembleEngine(setting, { host: { machine: this.#machine, members }, stepCalls }),
    );
    await setting.project.origin.removeAbandonedFiles();
    await clearLost(parts, executionsFolder(setting.project));
    const clearing = clearAgain(parts).catch(() => []);
    const keeping = keepWaiting(parts, this.#options.signal).catch(() => 0);
    opening.defer(async () => void (await Promise.all([clearing, keeping])));
    const slots = opening.use(this.#slots.share());
    if (!this.#isReady) this.#sayReady();
    const opened = opening.move();
    return {
      driver: (onNotice) => new ProjectDriver(parts, { slots, onNotice }),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  }

  /** The process is known to a project by one name whenever it works for it, and by a new one after a failure. */
  async #membersOf(id: string, { store }: EngineSetting, opening: AsyncDisposableStack): Promise<EngineRegistry> {
    const common = { store, clock: this.#clock, pool: this.#pool, identity: this.#identity };
    const former = this.#former.get(id);
    if (former !== undefined) {
      const registry = await EngineRegistry.join({
        ...{ ...common, former, id: engineName(this.#identity), isAlive },
      });
      this.#registries.set(id, registry);
      return opening.use(registry);
    }
    const known = this.#registries.get(id);
    const registry = known ?? (await EngineRegistry.enter({ ...common, process: this.#process }));
    this.#registries.set(id, registry);
    return registry;
  }
}

function noticeOf(notice: ProjectNotice, project: string | undefined): EngineNotice {
  const of = project === undefined ? {} : { project };
  switch (notice.kind) {
    case "run-taken":
      return { kind: notice.kind, run: notice.run.number, name: notice.run.name, ...of };
    case "run-ended":
      return { kind: notice.kind, run: notice.run.number, name: notice.run.name, state: notice.state, ...of };
    case "run-left":
      return { kind: notice.kind, run: notice.run.number, name: notice.run.name, reason: notice.reason, ...of };
    case "adopted":
      return { kind: notice.kind, execution: notice.number, node: notice.node, ...of };
  }
}
