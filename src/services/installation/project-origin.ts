import type { BlobStore } from "../../blobs/index.ts";
import type { EngineParts } from "../../engine/index.ts";
import type { OpenedCode } from "../../snapshots/index.ts";
import type { MetadataDatabase, ProjectStore } from "../../store/index.ts";
import type { ConfiguredCode } from "../configuration/project-code.ts";
import type { Backends } from "./backends.ts";
import type { InstalledSettings } from "./load-settings.ts";
import type { ProjectIdentity } from "./project-facts.ts";
import type { FolderLocation } from "./project-location.ts";
import type { ProjectResources } from "./project-resources.ts";

/** The opened records of a project. */
export interface Records {
  readonly database: MetadataDatabase;
  readonly store: ProjectStore;
}

/** The versions of a project's code. */
export interface CodeSource {
  /** The configuration as it stands, for a caller that only reads it. */
  current(project: ProjectResources): Promise<ConfiguredCode>;
  /**
   * A version by its name; without one, the version that runs if nobody names one. Throws HR_NOT_FOUND where there is
   * none.
   */
  open(project: ProjectResources, commit: string | undefined): Promise<ConfiguredCode<OpenedCode>>;
  /** False: no version runs if nobody names one, since nothing was fetched yet. Absent: there always is one. */
  hasCurrent?(): Promise<boolean>;
  /** The names of versions that were uploaded, the newest first, so many; absent where none are. */
  uploads?(limit: number): Promise<readonly string[]>;
}

/** The difference between a project that is a folder of this machine and one in the home of a server. */
export interface ProjectOrigin {
  readonly identity: ProjectIdentity;
  readonly backends: Backends;
  /** Absent for a project of a server, whose code comes as commits. */
  readonly folder?: FolderLocation;
  /** The folder where steps expect the project's own files: an empty one where the code comes as commits. */
  readonly codeFolder: string;
  /**
   * The folder that has the state of all projects which are worked for together: the state folder, or a server's home.
   * Engines tell each other by it where their files are, and no step sees into it.
   */
  readonly enginesFolder: string;
  /** Inputs may be files of this machine, by their paths. */
  readonly readsLocalFiles: boolean;
  /** Several processes may serve it: a plan that one of them made is started by another. */
  readonly sharesPlans: boolean;
  readonly code: CodeSource;
  /** Looks up a user of the server by the name; absent for a folder, which has no users. */
  readonly findUser?: NonNullable<EngineParts["findUser"]>;
  /** Throws as `loadSettings`. */
  settings(): Promise<InstalledSettings>;
  /** True if something may be recorded. */
  hasState(): boolean;
  /** Makes the state folder ready, on first use. */
  prepare(): Promise<void>;
  openRecords(options: { readonly readOnly: boolean }): Promise<Records & AsyncDisposable>;
  openBlobs(): Promise<{ readonly blobs: BlobStore } & AsyncDisposable>;
  /** Removes what engines that died have left half-written on this machine's disk. */
  removeAbandonedFiles(): Promise<void>;
}
