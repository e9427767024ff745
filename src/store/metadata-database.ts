import type { Database } from "./database.ts";
import { type InstallationStore, installationStore, type WriteThrough } from "./installation/installation-store.ts";
import type { ProjectRecord, WantedProject } from "./installation/project-record.ts";
import { unknownProject } from "./installation/projects.ts";
import { type DatabaseEngines, databaseEngines } from "./project/engine-repository.ts";
import { ProjectListeners } from "./project/project-listeners.ts";
import { type ProjectStore, projectStore } from "./project/project-store.ts";

/** An open database of records. It hands out views that hold nothing of their own; only the database is closed. */
export class MetadataDatabase implements AsyncDisposable {
  readonly installation: InstallationStore;
  /** The engines of all projects. */
  readonly engines: DatabaseEngines;
  readonly #database: Database;
  readonly #ofAll: ProjectListeners;
  readonly #projects = new Map<number, { readonly store: ProjectStore; readonly listeners: ProjectListeners }>();

  constructor(database: Database, write: WriteThrough) {
    this.#database = database;
    this.#ofAll = new ProjectListeners(database);
    this.installation = installationStore(database, write);
    this.engines = databaseEngines(database, this.#ofAll);
  }

  /** The name of the database in messages: a file, or an address without its password. */
  get location(): string {
    return this.#database.location;
  }

  /** By id or name. Throws HR_NOT_FOUND. */
  async project(ref: string): Promise<ProjectStore> {
    const record = await this.installation.findProject(ref);
    if (record === undefined) throw unknownProject(ref);
    return this.#view(record);
  }

  /** The project of this name, made where it is not there. */
  async ensureProject(wanted: WantedProject): Promise<ProjectStore> {
    return this.#view(await this.installation.ensureProject(wanted));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { listeners } of this.#projects.values()) listeners.clear();
    this.#ofAll.clear();
    await this.#database[Symbol.asyncDispose]();
  }

  /** One for each project, so that whoever listens to it hears of all commits of this process. */
  #view(record: ProjectRecord): ProjectStore {
    const known = this.#projects.get(record.key);
    if (known?.store.project.name === record.name && known.store.project.id === record.id) return known.store;
    const listeners = known?.listeners ?? new ProjectListeners(this.#database, record.key, this.#ofAll);
    const store = projectStore(this.#database, record, { listeners, ofAll: this.#ofAll });
    this.#projects.set(record.key, { store, listeners });
    return store;
  }
}
