import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BlobOwner, BlobStore } from "../../blobs/index.ts";
import { systemErrorCode } from "../../errors.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { cacheFolder } from "../installation/state-folder.ts";
import { RefusedHousekeeping } from "./refused-housekeeping.ts";

/**
 * Notes in the store of files, and in the state folder, that this database's records refer to what is there. Both may
 * be shared (one bucket for several projects; the same folder before and after a move to PostgreSQL), and a clean-up
 * must know the records of all.
 */
export async function noteOwner(project: ProjectResources, blobs: BlobStore, store: ProjectStore): Promise<void> {
  const { id, location: name } = await store.housekeeping.identity();
  const place = project.backends.blobs ?? "local";
  const known = knownFile(project, place, id);
  // A bucket is asked once, not by every run.
  if (existsSync(known)) return;
  await blobs.addOwner({ id, name });
  mkdirSync(ownersFolder(project), { recursive: true });
  writeFileSync(join(ownersFolder(project), id), `${name}\n`);
  mkdirSync(cacheFolder(project), { recursive: true });
  writeFileSync(known, "");
}

/**
 * Takes the notes of records that have gone elsewhere back. Should they be worked with again after all, they are made
 * anew.
 */
export async function forgetOwner(
  project: ProjectResources,
  place: string,
  blobs: BlobStore,
  id: string,
): Promise<void> {
  rmSync(knownFile(project, place, id), { force: true });
  rmSync(join(ownersFolder(project), id), { force: true });
  await blobs.removeOwner(id);
}

function knownFile(project: ProjectResources, place: string, id: string): string {
  return join(
    cacheFolder(project),
    `owned-${createHash("sha256").update(`${place} ${id}`).digest("hex").slice(0, 32)}`,
  );
}

/** Throws HR_CONFLICT when another database refers to the same files. */
export async function requireSoleOwner(
  project: ProjectResources,
  blobs: BlobStore,
  store: ProjectStore,
): Promise<void> {
  const { id } = await store.housekeeping.identity();
  refuse(
    "the stored files also belong",
    "beside the stored files",
    (await blobs.owners()).filter((owner) => owner.id !== id),
  );
  refuse(
    "the state folder also belongs",
    `in ${project.stateFolder}`,
    stateOwners(project).filter((owner) => owner.id !== id),
  );
}

/** Returns true if no other database has come to refer to the files meanwhile. */
export async function isSoleOwner(blobs: BlobStore, store: ProjectStore): Promise<boolean> {
  const { id } = await store.housekeeping.identity();
  return (await blobs.owners()).every((owner) => owner.id === id);
}

function refuse(what: string, where: string, others: readonly BlobOwner[]): void {
  const [other] = others;
  if (other === undefined) return;
  throw new RefusedHousekeeping(
    `${what} to the records of ${others.map(({ name }) => name).join(", ")}`,
    `clear up with those records (HEADRACE_DATABASE_URL names them); if they no longer exist, delete owners/${other.id} ${where}`,
  );
}

function ownersFolder(project: ProjectResources): string {
  return join(project.stateFolder, "owners");
}

function stateOwners(project: ProjectResources): readonly BlobOwner[] {
  const folder = ownersFolder(project);
  try {
    return readdirSync(folder).map((id) => ({ id, name: readFileSync(join(folder, id), "utf8").trim() }));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}
