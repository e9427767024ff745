import { realpathSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { BEAT_MS, EngineWatch } from "../../engine/index.ts";
import { HeadraceError } from "../../errors.ts";
import { isAlive } from "../../machine/index.ts";
import type { FilesPlace, HomeFolder, MetadataDatabase } from "../../store/index.ts";
import { ownIdentity } from "../installation/own-identity.ts";
import { findHomeId, type HomeId, homeId, renameHome } from "./home-id.ts";
import { backendsOf } from "./home-origin.ts";
import type { HomePlaces } from "./home-places.ts";

/**
 * Throws HR_CONFLICT where the servers of the database keep their files elsewhere: what one of them has stored, the
 * other would miss. So does a copy of a home beside it; a home that was moved goes on where it is.
 */
export async function requireOwnFiles(places: HomePlaces, database: MetadataDatabase): Promise<void> {
  const isServer = "url" in places.database;
  if (isServer && places.blobs !== undefined) {
    const bucket = { place: places.blobs.replace(/\/+$/, ""), describedAs: places.blobs };
    const recorded = await database.installation.ensureFilesPlace(bucket);
    if (recorded.place !== bucket.place) throw elsewhere(recorded, bucket);
    return;
  }
  for (;;) {
    const id = homeId(places.folder);
    const own = placeOf(places.folder, id);
    const recorded = await database.installation.ensureFilesPlace(own);
    if (isAt(recorded, own)) return;
    const isOurs = recorded.place === own.place || recorded.place === nameOf(id.former);
    // A database in the home itself is nobody else's.
    if (!isOurs && isServer) throw elsewhere(recorded, own);
    // A database on a server has one home: the runs of all projects go on where that is.
    const move = (to: FilesPlace) =>
      database.installation.moveFilesPlace({ from: recorded, to, ...(isServer && { pool: to.place }) });
    if (isOurs && isCopy(recorded.home, own.home)) {
      requireGone(places.folder, recorded);
      if (isServer) {
        await requireNobodyWorks(places, database, recorded);
        await move(placeOf(places.folder, renameHome(places.folder)));
        continue;
      }
    }
    if (await move(own)) return;
  }
}

function placeOf(folder: string, id: HomeId): FilesPlace & { readonly home: HomeFolder } {
  const home = { host: hostname(), folder: realpathSync.native(folder), mark: id.mark };
  return { place: nameOf(id.id) ?? "", describedAs: `the home ${home.host}:${home.folder}`, home };
}

function nameOf(id: string | undefined): string | undefined {
  return id === undefined ? undefined : `home ${id}`;
}

function isAt({ place, home }: FilesPlace, own: FilesPlace & { readonly home: HomeFolder }): boolean {
  const { host, folder, mark } = own.home;
  return place === own.place && home?.mark === mark && home.host === host && home.folder === folder;
}

/** A folder that was renamed, and one that another container or machine sees, has the mark that is recorded. */
function isCopy(recorded: HomeFolder | undefined, own: HomeFolder): boolean {
  if (recorded === undefined || recorded.mark === own.mark) return false;
  return recorded.host !== own.host || recorded.folder !== own.folder;
}

function requireGone(folder: string, { place, home, describedAs }: FilesPlace): void {
  if (home === undefined || home.host !== hostname()) return;
  const there = findHomeId(home.folder);
  if (there === undefined || nameOf(there.id) !== place) return;
  throw new HeadraceError("HR_CONFLICT", `${folder} is a copy of ${describedAs}, which is still there`, {
    hint: "serve that one; remove it if this one has taken its place; a second home comes from a backup that is restored, with a database of its own",
  });
}

/** Waits until it can be told of every engine whether it lives. */
async function requireNobodyWorks(
  places: HomePlaces,
  { engines }: MetadataDatabase,
  { describedAs }: FilesPlace,
): Promise<void> {
  const backends = backendsOf(places, { id: "", name: "" });
  const identity = await ownIdentity({ backends, enginesFolder: places.folder });
  const watch = new EngineWatch({ identity, monotonic: () => performance.now(), isAlive });
  for (;;) {
    const processes = await engines.listProcesses();
    watch.look(new Map(processes.map(({ id, beat }) => [id, beat])));
    const lives = await Promise.all(
      processes.map(async (engine) => ({ host: engine.identity.host, life: await watch.life(engine) })),
    );
    const living = lives.find(({ life }) => life === "living");
    if (living !== undefined)
      throw new HeadraceError(
        "HR_CONFLICT",
        `${places.folder} is a copy of ${describedAs}, for which a server works on ${living.host}`,
        { hint: "stop the servers of that home first if this one is to take its place" },
      );
    if (lives.every(({ life }) => life === "dead")) return;
    await delay(BEAT_MS);
  }
}

function elsewhere(recorded: FilesPlace, own: FilesPlace): HeadraceError {
  return new HeadraceError(
    "HR_CONFLICT",
    `the servers of this database keep their files in ${recorded.describedAs}, and this one would keep them in ${own.describedAs}`,
    {
      hint: "give this home a database of its own, or all homes of the database one bucket (HEADRACE_BLOBS); a backup that is restored moves a home to another store",
    },
  );
}
