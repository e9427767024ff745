import { readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { HomeGarbageView, ProjectApi, ValohaiLinks } from "../../api/index.ts";
import type { BlobStore } from "../../blobs/index.ts";
import { HeadraceError, originalError } from "../../errors.ts";
import { faultPoint } from "../../fault-point.ts";
import { MachineFacts, ownLabel } from "../../machine/index.ts";
import { codeRecords, Mirror, removeAbandonedScratch } from "../../remotes/index.ts";
import { type MetadataDatabase, openDatabase, type ProjectRecord, type Wish } from "../../store/index.ts";
import type { Tracer } from "../../telemetry/index.ts";
import { commitSource } from "../code/commit-source.ts";
import { ProjectCode } from "../code/project-code.ts";
import type { Asker, Context } from "../context.ts";
import { type HostOptions, hostProjects } from "../hosting/host-projects.ts";
import type { GarbageRequest } from "../housekeeping/gc-request.ts";
import type { Installation } from "../installation/installation.ts";
import { openBlobs, removeAbandonedFiles } from "../installation/open-blobs.ts";
import { openTracer } from "../installation/open-tracer.ts";
import { ProjectResources } from "../installation/project-resources.ts";
import { makeKeys } from "../installation/secret-keys.ts";
import { projectApi } from "../project-api.ts";
import { clearHome, clearHomeDaily, type HomeToClear, isHomeDue } from "./clear-home.ts";
import { type ClearingSchedule, runClearingSchedule } from "./clearing-schedule.ts";
import { runFetchSchedule } from "./fetch-schedule.ts";
import { backendsOf, homeOrigin, type SharedParts } from "./home-origin.ts";
import { homePlaces, homeVariables, makeHome, mirrorsFolder, placeOfProject, projectsFolder } from "./home-places.ts";
import { addressesOf, sandboxOf, transportsOf } from "./home-policy.ts";
import { requireOwnFiles } from "./own-files.ts";

export interface HomeOptions extends Installation {
  /** The folder with everything that the server keeps on this machine. */
  readonly folder: string;
  readonly now: () => number;
}

/** A project of the home, opened. */
interface OpenedProject {
  readonly resources: ProjectResources;
  readonly code: ProjectCode;
}

/** The home of a server: one database and one store of files for many projects, and a state folder for each. */
export class ServerHome implements AsyncDisposable {
  readonly database: MetadataDatabase;
  readonly folder: string;
  readonly #options: HomeOptions;
  readonly #shared: SharedParts;
  readonly #opened = new Map<string, OpenedProject>();
  #blobs: Promise<BlobStore & AsyncDisposable> | undefined;

  private constructor(options: HomeOptions, database: MetadataDatabase) {
    this.database = database;
    this.folder = options.folder;
    this.#options = options;
    const places = homePlaces(options.folder, options.env);
    this.#shared = {
      places,
      installation: { ...options, machine: new MachineFacts() },
      database,
      blobs: () => this.#openBlobs(),
    };
  }

  /** Makes the home where it is not there. Throws HR_SYSTEM, HR_STORE_UNAVAILABLE. */
  static async open(options: HomeOptions): Promise<ServerHome> {
    const folder = resolve(options.folder);
    // Before anything is made: a wrong word is told at the start.
    transportsOf(options.env);
    makeHome(folder);
    const env = homeVariables(folder, options.env);
    const sandbox = sandboxOf(options.sandbox);
    const tracer = await openTracer(env);
    const home = new ServerHome(
      { addresses: addressesOf(env), ...options, folder, env, sandbox, tracer },
      await openDatabase(homePlaces(folder, env).database),
    );
    try {
      await requireOwnFiles(homePlaces(folder, env), home.database);
      await home.#removeFoldersOfGone();
      await removeAbandonedScratch(mirrorsFolder(folder));
      return home;
    } catch (error) {
      await home[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Absent: nobody wants traces. */
  get tracer(): Tracer | undefined {
    return this.#options.tracer;
  }

  /** The services of a project for somebody. */
  apiFor(project: ProjectRecord, asker: Asker): ProjectApi {
    return projectApi(this.#contextOf(project, asker));
  }

  /** The same in Valohai's shapes, with the addresses of the server. */
  async valohaiFor(project: ProjectRecord, { links, ...asker }: Asker & { readonly links: ValohaiLinks }) {
    const { valohaiApi } = await import("../valohai/valohai-api.ts");
    return valohaiApi({ ...this.#contextOf(project, asker), links });
  }

  /** Hides the project's secrets in what one of its steps tells. */
  async hideSecrets(project: ProjectRecord, text: string): Promise<string> {
    const { hideInStepText } = await import("../variables/hidden-secrets.ts");
    return await hideInStepText(this.#open(project).resources, text);
  }

  codeOf(project: ProjectRecord): ProjectCode {
    return this.#open(project).code;
  }

  /**
   * Removes a project with all that it recorded, and its folders. Throws HR_CONFLICT while a run of it has not ended.
   */
  async removeProject(project: ProjectRecord, wish: Wish): Promise<void> {
    await this.database.installation.removeProject(project.id, wish);
    faultPoint("project-removed");
    this.#opened.delete(project.id);
    this.#removeFolders(project.id);
  }

  /** Works for every run of all projects until the signal; steps that run then go on for an engine to come. */
  async runEngine(
    options: HostOptions & { readonly onFailure: (error: unknown, projectId?: string) => void },
  ): Promise<void> {
    const { places, installation } = this.#shared;
    await hostProjects(
      {
        place: {
          ...{ backends: backendsOf(places, { id: "", name: "" }), enginesFolder: this.folder },
          ...{ env: installation.env, stateFolder: this.folder },
        },
        engines: this.database.engines,
        concerns: () => true,
        open: async (id) => {
          const { project: record } = await this.database.project(id);
          const context = this.#contextOf(record, { actor: "local:server", signal: options.signal });
          return { ...context, store: await context.project.writer() };
        },
        onFailure: (error, id) => {
          options.onFailure(error, id);
          return isOfProgram(error) ? "end" : "go-on";
        },
      },
      options,
    );
  }

  /** Clears up all projects, or one. Throws HR_NOT_FOUND for a project that is not there, HR_CONFLICT. */
  async clearUp(request: GarbageRequest, asker: Asker & { readonly only?: string }): Promise<HomeGarbageView> {
    const { only, ...own } = asker;
    const { database } = this;
    const projects =
      only === undefined ? await database.installation.listProjects() : [(await database.project(only)).project];
    return await clearHome(this.#toClear(projects, own), request);
  }

  /** Clears up once a day, until the signal: one server at a time, by `once`. */
  async runClearings({ signal, ...options }: ClearingSchedule): Promise<void> {
    const { env, now } = this.#options;
    await runClearingSchedule({
      ...{ signal, ...options, now, isDue: (at) => isHomeDue({ folder: this.folder, env }, at) },
      clear: async (day) => {
        const projects = await this.database.installation.listProjects();
        return await clearHomeDaily(this.#toClear(projects, { actor: "local:server", signal }), day);
      },
    });
  }

  /** Fetches the repositories whose time has come, by schedule or since a push was told, until the signal. */
  async runFetches(signal: AbortSignal, onFailure: (error: unknown, project?: ProjectRecord) => void): Promise<void> {
    await runFetchSchedule({
      ...{ code: codeRecords(this.database.installation.scope), signal, now: this.#options.now, onFailure },
      find: (id) => this.database.installation.findProject(id),
      fetch: async (project, until) => void (await this.codeOf(project).fetch(until)),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const blobs = await this.#blobs?.catch(() => undefined);
    await blobs?.[Symbol.asyncDispose]();
    await this.database[Symbol.asyncDispose]();
    await this.tracer?.[Symbol.asyncDispose]();
  }

  #toClear(projects: readonly ProjectRecord[], asker: Asker): HomeToClear {
    const contextOf = (project: ProjectRecord): Context => this.#contextOf(project, asker);
    return { folder: this.folder, env: this.#options.env, projects, contextOf, signal: asker.signal };
  }

  #contextOf(record: ProjectRecord, asker: Asker): Context {
    return { ...asker, project: this.#open(record).resources, now: this.#options.now };
  }

  #open(record: ProjectRecord): OpenedProject {
    const known = this.#opened.get(record.id);
    // Its steps are told its name.
    if (known !== undefined && known.resources.backends.project.name === record.name) return known;
    const { env, now, addresses = addressesOf(env) } = this.#options;
    const transports = transportsOf(env);
    const location = placeOfProject(this.folder, record.id);
    const code = codeRecords(this.database.installation.scope);
    const mirror = new Mirror(record.id, { folder: mirrorsFolder(this.folder), addresses, transports, env });
    const fetch = async (signal: AbortSignal) => void (await service.fetch(signal));
    const source = commitSource({ record, code, mirror, fetch });
    const origin = homeOrigin(this.#shared, record, { location, code: source });
    const resources = ProjectResources.of(location, this.#options, origin);
    const service = new ProjectCode({
      ...{ record, project: resources, code, mirror, transports, now, keys: () => makeKeys(env) },
    });
    const opened = { resources, code: service };
    this.#opened.set(record.id, opened);
    return opened;
  }

  async #openBlobs(): Promise<BlobStore> {
    const { places } = this.#shared;
    const open = async () => {
      const label = await ownLabel();
      const backends = backendsOf(places, { id: "", name: "" });
      // Uploads of killed servers lie there, also where no engine has work.
      await removeAbandonedFiles({ stateFolder: this.folder }, backends);
      return await openBlobs({ stateFolder: this.folder }, backends, this.#options.env, label);
    };
    this.#blobs ??= open();
    try {
      return await this.#blobs;
    } catch (error) {
      // A part that is away now may come back.
      this.#blobs = undefined;
      throw error;
    }
  }

  /**
   * Folders of projects that were removed elsewhere, or while a process that removed one was killed. Where none of them
   * is known, the database is another one, and they are left: steps of the one that is meant may run in them.
   */
  async #removeFoldersOfGone(): Promise<void> {
    // Before the projects are read: the folder of a project that is made meanwhile is not among these.
    const folders = readdirSync(projectsFolder(this.folder));
    const known = new Set((await this.database.installation.listProjects()).map(({ id }) => id));
    if (!folders.some((id) => known.has(id))) return;
    for (const id of folders) if (!known.has(id)) this.#removeFolders(id);
  }

  #removeFolders(id: string): void {
    const { stateFolder } = placeOfProject(this.folder, id);
    const mirrors = mirrorsFolder(this.folder);
    // The mirror, and the files of its lock.
    for (const name of readdirSync(mirrors))
      if (name.startsWith(`${id}.`)) rmSync(join(mirrors, name), { recursive: true, force: true });
    rmSync(stateFolder, { recursive: true, force: true });
  }
}

/** The program's files were replaced: the process must be started again, by whoever started it. */
function isOfProgram(thrown: unknown): boolean {
  const error = originalError(thrown);
  return error instanceof HeadraceError && error.code === "HR_PROGRAM_REPLACED";
}
