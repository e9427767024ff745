import { basename } from "node:path";
import type { StorePlace, WantedProject } from "../../store/index.ts";
import type { Variables } from "./installation.ts";
import { projectIdentity } from "./project-facts.ts";
import type { FolderLocation } from "./project-location.ts";
import { databaseFile } from "./state-folder.ts";

/** The places of a project's records and files: beside the project, or where the environment says. */
export interface Backends {
  readonly database: StorePlace;
  /** Other folders and machines may have runs in the same database. */
  readonly isShared: boolean;
  /** The project of the database that this folder is. */
  readonly project: WantedProject;
  /** Names the home of a server that has the files, wherever its folder is. */
  readonly home?: string;
  /** `s3://bucket/prefix`; absent: on this machine's disk. */
  readonly blobs?: string;
}

/**
 * `HEADRACE_DATABASE_URL` and `HEADRACE_BLOBS` move a project's records and files to PostgreSQL and S3.
 * `HEADRACE_PROJECT` names the project there, so that checkouts on several machines share it; without it, each folder
 * is a project of its own.
 */
export function backendsOf(location: FolderLocation, env: Variables): Backends {
  const url = filled(env.HEADRACE_DATABASE_URL);
  const blobs = filled(env.HEADRACE_BLOBS);
  const identity = projectIdentity(location.root);
  return {
    database: url === undefined ? { file: databaseFile(location) } : { url },
    isShared: url !== undefined,
    project: {
      name: filled(env.HEADRACE_PROJECT) ?? `${basename(location.root)}-${identity.id.slice(0, 8)}`,
      // Steps were told this identifier (VH_PROJECT_ID) before records had ids; later the recorded one counts, wherever
      // the folder is.
      id: identity.id,
      // A folder's own file has its project alone, whose folder may have been renamed.
      orOnly: url === undefined,
    },
    ...(blobs === undefined ? {} : { blobs }),
  };
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text.trim();
}
