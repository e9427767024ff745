import { accessSync, constants, lstatSync, statSync } from "node:fs";
import { formatDiagnostics } from "../../../config/index.ts";
import { HeadraceError } from "../../../errors.ts";
import { openDatabase, type ProjectStore } from "../../../store/index.ts";
import { momentsOf } from "../../housekeeping/retention.ts";
import { backendsOf } from "../../installation/backends.ts";
import type { Variables } from "../../installation/installation.ts";
import type { FolderLocation, ProjectLocation } from "../../installation/project-location.ts";
import { stateFileExists } from "../../installation/state-folder.ts";
import { mending, ok, trouble } from "./finding.ts";
import type { Look } from "./machine-checks.ts";

/** A server that does not answer within this is told to be away. */
const PATIENCE_MS = 1_000;
/** Looking through a larger file takes longer than one wants to wait here. */
const QUICKLY_CHECKED_BYTES = 100e6;

export async function checkConfiguration(location: FolderLocation): Promise<Look> {
  const [{ readConfig }, { folderCode }] = await Promise.all([
    import("../../configuration/read-config.ts"),
    import("../../configuration/folder-code.ts"),
  ]);
  const { diagnostics } = (await readConfig(folderCode(location))).read.alone();
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return ok(location.configFile);
  const [first] = formatDiagnostics(errors, "", { color: false }).split("\n");
  return trouble(
    "broken",
    `${location.configFile} has ${errors.length === 1 ? "an error" : `${errors.length} errors`}: ${first}`,
    [{ do: "check-configuration" }, " shows them"],
  );
}

export function checkStateFolder({ stateFolder }: ProjectLocation): Look {
  const stats = lstatSync(stateFolder, { throwIfNoEntry: false });
  if (stats === undefined) return ok("not made yet; the first run makes it");
  if (!statSync(stateFolder).isDirectory())
    return trouble("broken", `${stateFolder} is no folder`, "move it away; the next run makes a new one");
  try {
    accessSync(stateFolder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return trouble(
      "broken",
      `you may not write to ${stateFolder}`,
      `make it yours: sudo chown -R "$USER" ${stateFolder}`,
    );
  }
  const open = (statSync(stateFolder).mode & 0o077) !== 0;
  return open
    ? trouble("warning", `others on this machine may look into ${stateFolder}`, `close it: chmod 700 ${stateFolder}`)
    : ok(stateFolder);
}

export interface DatabaseLook {
  readonly look: Look;
  /** The latest time at which a run began or ended. */
  readonly newest?: number;
  /** Runs that have not ended, by number. */
  readonly unfinished: readonly number[];
}

/** Opens the database, reads a row, writes one, and looks through the file where that is quick. */
export async function checkDatabase(location: FolderLocation, env: Variables): Promise<DatabaseLook> {
  const { database, project } = backendsOf(location, env);
  if (database.file !== undefined && !stateFileExists(location, database.file)) {
    return { look: ok("not made yet; the first run makes it"), unfinished: [] };
  }
  try {
    await using opened = await openDatabase({ ...database, readOnly: false, lockTimeoutMs: PATIENCE_MS });
    const store = await opened.ensureProject(project);
    // All runs are looked at, since one run under a wrong clock may lie far back by now.
    const moments = momentsOf(await store.housekeeping.listRunFacts());
    const newest = moments.reduce((latest, at) => Math.max(latest, at), 0);
    const unfinished = (await store.lists.runs({ limit: 100, states: ["created", "queued", "started", "stopping"] }))
      .items;
    return {
      look: await check(store, database.file),
      unfinished: unfinished.map(({ number }) => number),
      ...(moments.length === 0 ? {} : { newest }),
    };
  } catch (error) {
    if (!(error instanceof HeadraceError)) throw error;
    return { look: { state: "broken", found: error.message, ...mending(error.advice.hint) }, unfinished: [] };
  }
}

async function check(store: ProjectStore, file: string | undefined): Promise<Look> {
  const { housekeeping } = store;
  const { location } = await housekeeping.identity();
  await housekeeping.probeWrite();
  const isSmall = file !== undefined && statSync(file).size < QUICKLY_CHECKED_BYTES;
  const faults = isSmall ? await housekeeping.findFaults() : [];
  const [fault] = faults;
  if (fault === undefined) return ok(`${location}, readable and writable`);
  return trouble(
    "broken",
    `${location} is damaged: ${fault}`,
    "bring it back from a backup; `sqlite3 FILE .recover` saves what can be saved",
  );
}

/** Checks whether stored files can be reached; on the local disk, whether they can be written. */
export async function checkBlobs(location: FolderLocation, env: Variables): Promise<Look> {
  const { blobs } = backendsOf(location, env);
  if (blobs === undefined) return checkLocalBlobs(location);
  const { openS3BlobStore } = await import("../../../blobs/index.ts");
  const { join } = await import("node:path");
  const { cacheFolder } = await import("../../installation/state-folder.ts");
  try {
    const timeouts = { connectMs: PATIENCE_MS, idleMs: PATIENCE_MS, patienceMs: PATIENCE_MS };
    await using store = await openS3BlobStore({
      url: blobs,
      folder: join(cacheFolder(location), "blobs"),
      env,
      timeouts,
    });
    await store.checkReachable();
    return ok(`${store.shown} answers`);
  } catch (error) {
    if (!(error instanceof HeadraceError)) throw error;
    return { state: "broken", found: error.message, ...mending(error.advice.hint) };
  }
}

async function checkLocalBlobs(location: ProjectLocation): Promise<Look> {
  const { blobFolder } = await import("../../installation/state-folder.ts");
  const folder = blobFolder(location);
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return ok("none stored yet");
  try {
    for (const path of [folder, `${folder}/sha256`, `${folder}/incoming`])
      accessSync(path, constants.W_OK | constants.X_OK);
  } catch {
    return trouble("broken", `you may not write to ${folder}`, `make it yours: sudo chown -R "$USER" ${folder}`);
  }
  return ok(`${folder}; a check of the stored files reads them all`);
}
