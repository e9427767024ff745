import { folderCodeSource } from "../configuration/folder-code.ts";
import { backendsOf } from "./backends.ts";
import { refuseForeignState } from "./foreign-state.ts";
import type { Installation } from "./installation.ts";
import { projectIdentity } from "./project-facts.ts";
import type { FolderLocation } from "./project-location.ts";
import type { ProjectOrigin } from "./project-origin.ts";
import { stateFileExists } from "./state-folder.ts";

/** A project that is a folder: its records and files are beside it, or where the environment says. */
export function folderOrigin(location: FolderLocation, { env, executorKinds }: Installation): ProjectOrigin {
  const backends = backendsOf(location, env);
  return {
    identity: projectIdentity(location.root),
    backends,
    folder: location,
    codeFolder: location.root,
    enginesFolder: location.stateFolder,
    readsLocalFiles: true,
    // Its code is what stands in the folder at this moment.
    sharesPlans: false,
    code: folderCodeSource(location),
    settings: async () => (await import("./load-settings.ts")).loadSettings(location, env, executorKinds),
    hasState: () => {
      const { file } = backends.database;
      return file === undefined || stateFileExists(location, file);
    },
    prepare: async () => {
      const { prepareStateFolder } = await import("./state-folder.ts");
      await prepareStateFolder(location);
      // For the commands to come: nothing is noted yet of a new folder.
      await refuseForeignState(location);
    },
    openRecords: async ({ readOnly }) => {
      const { openDatabase } = await import("../../store/index.ts");
      const database = await openDatabase({ ...backends.database, readOnly });
      try {
        const store = await database.ensureProject(backends.project);
        return { database, store, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
      } catch (error) {
        await database[Symbol.asyncDispose]();
        throw error;
      }
    },
    openBlobs: async () => {
      const [{ openBlobs }, { ownLabel }] = await Promise.all([
        import("./open-blobs.ts"),
        import("../../machine/index.ts"),
      ]);
      const blobs = await openBlobs(location, backends, env, await ownLabel());
      return { blobs, [Symbol.asyncDispose]: () => blobs[Symbol.asyncDispose]() };
    },
    removeAbandonedFiles: async () => {
      const { removeAbandonedFiles } = await import("./open-blobs.ts");
      await removeAbandonedFiles(location, backends);
    },
  };
}
