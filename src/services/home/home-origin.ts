import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BlobStore } from "../../blobs/index.ts";
import type { MetadataDatabase, ProjectRecord } from "../../store/index.ts";
import type { Backends } from "../installation/backends.ts";
import type { Installation } from "../installation/installation.ts";
import type { ProjectLocation } from "../installation/project-location.ts";
import type { CodeSource, ProjectOrigin } from "../installation/project-origin.ts";
import { cacheFolder } from "../installation/state-folder.ts";
import { homeId } from "./home-id.ts";
import type { HomePlaces } from "./home-places.ts";

/** The parts that all projects of a server share. */
export interface SharedParts {
  readonly places: HomePlaces;
  readonly installation: Installation;
  readonly database: MetadataDatabase;
  /** Opened by the first caller that needs it; closed with the home. */
  readonly blobs: () => Promise<BlobStore>;
}

/** A project in the home of a server: its records and files are with those of the others, its code comes as commits. */
export function homeOrigin(
  { places, installation, database, blobs }: SharedParts,
  record: ProjectRecord,
  { location, code }: { readonly location: ProjectLocation; readonly code: CodeSource },
): ProjectOrigin {
  const { owner, name } = namesOf(record);
  const backends = backendsOf(places, record);
  const codeFolder = join(location.stateFolder, "code");
  return {
    identity: { id: record.id, name, owner },
    backends,
    codeFolder,
    enginesFolder: places.folder,
    readsLocalFiles: false,
    sharesPlans: true,
    code,
    settings: async () => {
      const { loadHomeSettings } = await import("../installation/load-settings.ts");
      return loadHomeSettings(places.folder, installation.env, installation.executorKinds);
    },
    findUser: async (name) => {
      const { userRepository } = await import("../../access/index.ts");
      return await userRepository(database.installation.scope).find(name);
    },
    hasState: () => true,
    prepare: async () => {
      mkdirSync(codeFolder, { recursive: true, mode: 0o700 });
      mkdirSync(cacheFolder(location), { recursive: true, mode: 0o700 });
    },
    openRecords: async () => ({
      database,
      store: await database.project(record.id),
      [Symbol.asyncDispose]: async () => undefined,
    }),
    openBlobs: async () => ({ blobs: await blobs(), [Symbol.asyncDispose]: async () => undefined }),
    removeAbandonedFiles: async () => {
      const { removeAbandonedFiles } = await import("../installation/open-blobs.ts");
      await removeAbandonedFiles({ stateFolder: places.folder }, backends);
    },
  };
}

/** The places of the records and files of a project of a server. */
export function backendsOf(
  { folder, database, blobs }: HomePlaces,
  { id, name }: Pick<ProjectRecord, "id" | "name">,
): Backends {
  const own = { database, isShared: true, project: { id, name } };
  if (blobs !== undefined) return { ...own, blobs };
  // A database in the home itself is moved with it.
  return database.file === undefined ? { ...own, home: `home ${homeId(folder).id}` } : own;
}

function namesOf({ name }: ProjectRecord): { readonly owner: string; readonly name: string } {
  const slash = name.lastIndexOf("/");
  return slash < 0 ? { owner: "", name } : { owner: name.slice(0, slash), name: name.slice(slash + 1) };
}
