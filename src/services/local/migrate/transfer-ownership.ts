import type { BlobStore } from "../../../blobs/index.ts";
import { type DatabaseIdentity, openDatabase, type ProjectPlace } from "../../../store/index.ts";
import { forgetOwner } from "../../housekeeping/own-blobs.ts";
import type { ProjectResources } from "../../installation/project-resources.ts";

/**
 * Notes the project's records beside the files' new place before the first is copied: a clean-up by another database of
 * the same bucket would find files that none of its own records refers to. Returns true if they were not known there
 * before.
 */
export async function noteFormer(blobs: BlobStore, { id, location: name }: DatabaseIdentity): Promise<boolean> {
  if ((await blobs.owners()).some((owner) => owner.id === id)) return false;
  await blobs.addOwner({ id, name });
  return true;
}

export interface OwnershipTransfer {
  readonly project: ProjectResources;
  /** The files that the moved records refer to. */
  readonly blobs: BlobStore;
  /** As HEADRACE_BLOBS names their place, or `local`. */
  readonly place: string;
  readonly former: DatabaseIdentity;
  readonly target: ProjectPlace;
  /** No other project has a claim on these files through the former database. */
  readonly isOver: boolean;
}

/**
 * The moved records own the files from now on; the former ones, of which everything was copied, no longer keep others
 * from clearing up.
 */
export async function transferOwnership({
  project,
  blobs,
  place,
  former,
  target,
  isOver,
}: OwnershipTransfer): Promise<void> {
  await using database = await openDatabase({ ...target, readOnly: true });
  const { id, location: name } = await (await database.ensureProject(target)).housekeeping.identity();
  await blobs.addOwner({ id, name });
  if (isOver && id !== former.id) await forgetOwner(project, place, blobs, former.id);
}
