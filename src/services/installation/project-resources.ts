import type { BlobStore } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { MachineFacts } from "../../machine/index.ts";
import type { AddressPolicy } from "../../network/index.ts";
import type { VariableRepository } from "../../secrets/index.ts";
import type { ProjectRecord, ProjectStore } from "../../store/index.ts";
import type { Tracer } from "../../telemetry/index.ts";
import type { LastRead } from "../configuration/project-code.ts";
import { PlanShelf } from "../plans/plan-shelf.ts";
import { LogTails } from "../valohai/log-tails.ts";
import type { Backends } from "./backends.ts";
import type { ExecutionPlaces } from "./execution-places.ts";
import { folderOrigin } from "./folder-origin.ts";
import type { Installation, Variables } from "./installation.ts";
import type { InstalledSettings } from "./load-settings.ts";
import type { ProjectIdentity } from "./project-facts.ts";
import type { FolderLocation, ProjectLocation } from "./project-location.ts";
import type { ProjectOrigin, Records } from "./project-origin.ts";
import type { SandboxChoice } from "./sandbox-choice.ts";

/**
 * The resources that the services of a project work with: its place, its records, its stored files, the settings. The
 * first service that needs one opens it, once, and it is closed with the project; so listing runs costs little more
 * than starting Node.
 */
export class ProjectResources implements ProjectLocation, AsyncDisposable {
  readonly stateFolder: string;
  readonly env: Variables;
  readonly sandbox: SandboxChoice;
  readonly addresses: AddressPolicy | undefined;
  readonly tracer: Tracer | undefined;
  readonly lastRead: LastRead = {};
  /** The ends of the logs that clients poll. */
  readonly logTails = new LogTails();
  /** Plans that wait to be started. */
  readonly plans = new PlanShelf();
  readonly #openOrigin: () => ProjectOrigin;
  #machine: MachineFacts | undefined;
  #origin: ProjectOrigin | undefined;
  #reading: Promise<Records & AsyncDisposable> | undefined;
  #writing: Promise<Records & AsyncDisposable> | undefined;
  #blobs: Promise<{ readonly blobs: BlobStore } & AsyncDisposable> | undefined;

  private constructor(
    location: ProjectLocation,
    { env, sandbox, addresses, tracer, machine }: Installation,
    origin: () => ProjectOrigin,
  ) {
    this.stateFolder = location.stateFolder;
    this.env = env;
    this.sandbox = sandbox;
    this.addresses = addresses;
    this.tracer = tracer;
    this.#machine = machine;
    this.#openOrigin = origin;
  }

  /** The project that a folder of this machine is. */
  static ofFolder(location: FolderLocation, installation: Installation): ProjectResources {
    return new ProjectResources(location, installation, () => folderOrigin(location, installation));
  }

  /** A project that is no folder. */
  static of(location: ProjectLocation, installation: Installation, origin: ProjectOrigin): ProjectResources {
    return new ProjectResources(location, installation, () => origin);
  }

  /** The place that the project comes from. */
  get origin(): ProjectOrigin {
    this.#origin ??= this.#openOrigin();
    return this.#origin;
  }

  get identity(): ProjectIdentity {
    return this.origin.identity;
  }

  /** The places where records and files are kept. */
  get backends(): Backends {
    return this.origin.backends;
  }

  /** As the files stand now: whoever changes them need not start anew. Throws as `loadSettings`. */
  settings(): Promise<InstalledSettings> {
    return this.origin.settings();
  }

  /**
   * Executors, opened when an execution first needs one; the caller closes them. `projectId` is told to what they
   * start.
   */
  async openPlaces(settings?: InstalledSettings, projectId?: string): Promise<ExecutionPlaces> {
    const { ExecutionPlaces: Places } = await import("./execution-places.ts");
    return new Places(settings ?? (await this.settings()), this, projectId);
  }

  /** The facts that are known of this machine, for what looks at it: a list of runs does not. */
  async machine(): Promise<MachineFacts> {
    const { MachineFacts: Facts } = await import("../../machine/index.ts");
    this.#machine ??= new Facts();
    return this.#machine;
  }

  /** The stored files. Throws HR_BLOBS_UNAVAILABLE where they cannot be reached. */
  async blobs(): Promise<BlobStore> {
    this.#blobs ??= this.origin.openBlobs();
    try {
      return (await this.#blobs).blobs;
    } catch (error) {
      // The next service tries again: what is away now may come back.
      this.#blobs = undefined;
      throw error;
    }
  }

  /**
   * Records for services that only look: a project in which nothing ran gets no state folder from being looked at.
   * Throws HR_NOT_FOUND there.
   */
  async reader(): Promise<ProjectStore> {
    this.requireState();
    this.#reading ??= this.#writing ?? this.origin.openRecords({ readOnly: true });
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
    await this.origin.prepare();
    this.#writing ??= this.origin.openRecords({ readOnly: false });
    try {
      return (await this.#writing).store;
    } catch (error) {
      // As with the stored files.
      this.#writing = undefined;
      throw error;
    }
  }

  /** The database that `writer` writes to, with the project's records in it. */
  async openRecords(): Promise<Records> {
    await this.writer();
    if (this.#writing === undefined) throw new Error("the records were opened, and are not there");
    return await this.#writing;
  }

  /**
   * The variables that steps get, and the project whose they are. The keys of secrets are looked for when one is
   * opened, and made when the first is set.
   */
  async variables(
    use: "read" | "write",
  ): Promise<{ readonly repository: VariableRepository; readonly record: ProjectRecord }> {
    if (use === "write") await this.writer();
    else await this.latest();
    const opened = this.#writing ?? this.#reading;
    if (opened === undefined) throw new Error("the records were opened, and are not there");
    const [{ database, store }, { variableRepository }, { existingKeys, makeKeys }] = await Promise.all([
      opened,
      import("../../secrets/index.ts"),
      import("./secret-keys.ts"),
    ]);
    const keys = use === "write" ? makeKeys : existingKeys;
    const repository = variableRepository(database.installation.scope, () => keys(this.env));
    return { repository, record: store.project };
  }

  /** The records to which something is written here, if any: its events come at once. Else those of `reader`. */
  async latest(): Promise<ProjectStore> {
    return this.#writing === undefined ? await this.reader() : (await this.#writing).store;
  }

  hasState(): boolean {
    return this.origin.hasState();
  }

  requireState(): void {
    if (this.hasState()) return;
    throw new HeadraceError("HR_NOT_FOUND", "nothing has run in this project yet", {
      hint: [{ do: "run", target: "STEP" }, " or ", { do: "run", target: "PIPELINE" }, " starts a run"],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const blobs = await this.#blobs?.catch(() => undefined);
    await blobs?.[Symbol.asyncDispose]();
    for (const opening of new Set([this.#reading, this.#writing])) {
      const opened = await opening?.catch(() => undefined);
      await opened?.[Symbol.asyncDispose]();
    }
  }
}
