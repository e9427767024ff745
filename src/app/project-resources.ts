import type { BlobStore } from "../blobs/index.ts";
import { HeadraceError } from "../errors.ts";
import type { Settings } from "../settings/index.ts";
import type { MetadataDatabase, ProjectStore } from "../store/index.ts";
import { type Backends, backendsOf } from "./backends.ts";
import type { ExecutionPlaces } from "./execution-places.ts";
import { refuseForeignState } from "./foreign-state.ts";
import type { Installation, Variables } from "./installation.ts";
import { type ProjectIdentity, projectIdentity } from "./project-facts.ts";
import type { ProjectLocation } from "./project-location.ts";
import type { SandboxChoice } from "./sandbox-choice.ts";
import { stateFileExists } from "./state-folder.ts";

interface Records {
  readonly database: MetadataDatabase;
  readonly store: ProjectStore;
}

/**
 * What the services of a project work with: its place, its records, its stored files, the settings. Each is opened by the first service that
 * needs it, once, and closed with the project; so listing runs costs little more than starting Node.
 */
export class ProjectResources implements ProjectLocation, AsyncDisposable {
  readonly root: string;
  readonly configFile: string;
  readonly stateFolder: string;
  readonly env: Variables;
  readonly sandbox: SandboxChoice;
  #backends: Backends | undefined;
  #reading: Promise<Records> | undefined;
  #writing: Promise<Records> | undefined;
  #blobs: Promise<BlobStore & AsyncDisposable> | undefined;

  constructor(location: ProjectLocation, { env, sandbox }: Installation) {
    this.root = location.root;
    this.configFile = location.configFile;
    this.stateFolder = location.stateFolder;
    this.env = env;
    this.sandbox = sandbox;
  }

  get identity(): ProjectIdentity {
    return projectIdentity(this.root);
  }

  /** Where records and files are kept. */
  get backends(): Backends {
    this.#backends ??= backendsOf(this, this.env);
    return this.#backends;
  }

  /** As the files stand now: whoever changes them need not start anew. Throws as `loadSettings`. */
  async settings(): Promise<Settings> {
    const { loadSettings } = await import("./load-settings.ts");
    return loadSettings(this, this.env);
  }

  /** Executors, opened when an execution first needs one; the caller closes them. `projectId` is told to what they start. */
  async openPlaces(settings?: Settings, projectId?: string): Promise<ExecutionPlaces> {
    const { ExecutionPlaces: Places } = await import("./execution-places.ts");
    return new Places(settings ?? (await this.settings()), this, projectId);
  }

  /** The stored files. Throws HR_BLOBS_UNAVAILABLE where they cannot be reached. */
  async blobs(): Promise<BlobStore> {
    this.#blobs ??= this.#openBlobs();
    try {
      return await this.#blobs;
    } catch (error) {
      // The next service tries again: what is away now may come back.
      this.#blobs = undefined;
      throw error;
    }
  }

  /** Records for services that only look: a project in which nothing ran gets no state folder from being looked at. Throws HR_NOT_FOUND there. */
  async reader(): Promise<ProjectStore> {
    this.requireState();
    this.#reading ??= this.#writing ?? this.#openRecords(true);
    try {
      return (await this.#reading).store;
    } catch (error) {
      // As with the stored files.
      this.#reading = undefined;
      throw error;
    }
  }

  /** Records of a project in which something has run. Throws HR_NOT_FOUND where nothing has. */
  async existingWriter(): Promise<ProjectStore> {
    this.requireState();
    return await this.writer();
  }

  async writer(): Promise<ProjectStore> {
    const { prepareStateFolder } = await import("./state-folder.ts");
    await prepareStateFolder(this);
    // For the commands to come: of a new folder nothing is noted yet.
    await refuseForeignState(this);
    this.#writing ??= this.#openRecords(false);
    try {
      return (await this.#writing).store;
    } catch (error) {
      // As with the stored files.
      this.#writing = undefined;
      throw error;
    }
  }

  /** The records to which something is written here, if any: its events come at once. Else those of `reader`. */
  async latest(): Promise<ProjectStore> {
    return this.#writing === undefined ? await this.reader() : (await this.#writing).store;
  }

  hasState(): boolean {
    const { file } = this.backends.database;
    return file === undefined || stateFileExists(this, file);
  }

  requireState(): void {
    if (this.hasState()) return;
    throw new HeadraceError("HR_NOT_FOUND", "nothing has run in this project yet", {
      hint: "`headrace run STEP` or `headrace run PIPELINE` starts a run",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const blobs = await this.#blobs?.catch(() => undefined);
    await blobs?.[Symbol.asyncDispose]();
    for (const opening of new Set([this.#reading, this.#writing])) {
      const opened = await opening?.catch(() => undefined);
      await opened?.database[Symbol.asyncDispose]();
    }
  }

  async #openRecords(readOnly: boolean): Promise<Records> {
    const { openDatabase } = await import("../store/index.ts");
    const { database: place, project } = this.backends;
    const database = await openDatabase({ ...place, readOnly });
    try {
      return { database, store: await database.ensureProject(project) };
    } catch (error) {
      await database[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #openBlobs(): Promise<BlobStore & AsyncDisposable> {
    const [{ openBlobs }, { ownLabel }] = await Promise.all([import("./open-blobs.ts"), import("./process-label.ts")]);
    return await openBlobs(this, this.backends, this.env, await ownLabel());
  }
}
