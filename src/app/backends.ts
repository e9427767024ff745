import { basename } from "node:path";
import type { StorePlace } from "../store/index.ts";
import type { ProjectLocation } from "./project.ts";
import { projectIdentity } from "./project-facts.ts";
import { databaseFile } from "./state-folder.ts";

/** Where a project's records and files are kept: beside the project, or where the environment says. */
export interface Backends {
  readonly database: StorePlace;
  /** Other folders and machines may have runs in the same database. */
  readonly isShared: boolean;
  /** Names the project in a database that holds several. */
  readonly projectName: string;
  /** `s3://bucket/prefix`; absent: on this machine's disk. */
  readonly blobs?: string;
}

/**
 * `HEADRACE_DATABASE_URL` and `HEADRACE_BLOBS` move a project's records and files to PostgreSQL and S3. `HEADRACE_PROJECT` names the
 * project there, so that checkouts on several machines share it; without it, each folder is a project of its own.
 */
export function backendsOf(location: ProjectLocation, env: NodeJS.ProcessEnv): Backends {
  const url = filled(env.HEADRACE_DATABASE_URL);
  const blobs = filled(env.HEADRACE_BLOBS);
  return {
    database: url === undefined ? { file: databaseFile(location) } : { url },
    isShared: url !== undefined,
    projectName: filled(env.HEADRACE_PROJECT) ?? `${basename(location.root)}-${projectIdentity(location.root).id.slice(0, 8)}`,
    ...(blobs === undefined ? {} : { blobs }),
  };
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text.trim();
}
