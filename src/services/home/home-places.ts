import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { makeFolder } from "../../make-folder.ts";
import type { StorePlace } from "../../store/index.ts";
import type { Variables } from "../installation/installation.ts";
import type { ProjectLocation } from "../installation/project-location.ts";

/*
 *  HOME/
 *    headrace.db            the database, unless HEADRACE_DATABASE_URL names one
 *    blobs/                 every stored file of all projects, unless HEADRACE_BLOBS names a bucket
 *    headrace.config.yaml   environments and settings, written by the administrator
 *    single-sign-on.yaml    the OpenID Connect provider by which users come in, written by the administrator
 *    secrets.key            the keys of the secrets, unless HEADRACE_SECRETS_KEY or …_FILE says otherwise
 *    mirrors/ID.git         the repository of a project, as of the last fetch
 *    projects/ID/           state folder of a project (services/installation/state-folder.ts)
 *    cleared-up             when it was cleared up by itself last, and which time was believed then
 *    housekeeping           who is clearing up, while somebody is
 *    home-id                names the home in a database that others reach as well
 *    server.log             requests, and what went wrong
 */

/** The places of a server's home. */
export interface HomePlaces {
  readonly folder: string;
  readonly database: StorePlace;
  /** `s3://bucket/prefix`; absent: in the home. */
  readonly blobs?: string;
}

/** The variables that a server works with: without one that says so, its keys are in its home. */
export function homeVariables(folder: string, env: Variables): Variables {
  const isNamed = filled(env.HEADRACE_SECRETS_KEY) ?? filled(env.HEADRACE_SECRETS_KEY_FILE);
  return isNamed === undefined ? { ...env, HEADRACE_SECRETS_KEY_FILE: join(folder, "secrets.key") } : env;
}

export function homePlaces(folder: string, env: Variables): HomePlaces {
  const url = filled(env.HEADRACE_DATABASE_URL);
  const blobs = filled(env.HEADRACE_BLOBS);
  return {
    folder,
    database: url === undefined ? { file: join(folder, "headrace.db") } : { url },
    ...(blobs !== undefined && { blobs }),
  };
}

export function mirrorsFolder(folder: string): string {
  return join(folder, "mirrors");
}

export function projectsFolder(folder: string): string {
  return join(folder, "projects");
}

/** The place of a project's state. */
export function placeOfProject(folder: string, id: string): ProjectLocation {
  return { stateFolder: join(projectsFolder(folder), id) };
}

/** Makes the home, closed to other users. Throws HR_SYSTEM. */
export function makeHome(folder: string): void {
  try {
    makeFolder(folder, 0o700);
    chmodSync(folder, 0o700);
    for (const inner of [mirrorsFolder(folder), projectsFolder(folder)])
      mkdirSync(inner, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new HeadraceError(
      "HR_SYSTEM",
      `the home ${folder} of the server cannot be made (${systemErrorCode(error) ?? "unknown error"})`,
      { hint: "name a folder that belongs to the user who runs the server", cause: error },
    );
  }
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text.trim();
}
