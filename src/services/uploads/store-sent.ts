import { Readable } from "node:stream";
import type { BlobStore } from "../../blobs/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { ByteSlices } from "./byte-slices.ts";
import { StoredTogether } from "./stored-together.ts";
import { withUploadFolder } from "./upload-folder.ts";

/** Up to this size contents wait for each other, to be stored together: each by itself is synced to the disk. */
const SMALL_BYTES = 1024 * 1024;

/** Contents of files, one behind the other. */
interface SentContents {
  readonly sends: readonly string[];
  readonly contents: AsyncIterable<Uint8Array>;
}

/**
 * Stores contents of these sizes as they come. Throws HR_BLOB_DAMAGED for bytes that are not those of their hash,
 * HR_USAGE where fewer or more come than were announced.
 */
export async function storeSent(
  project: Pick<ProjectResources, "stateFolder">,
  blobs: BlobStore,
  { sends, contents }: SentContents,
  sizes: ReadonlyMap<string, number>,
): Promise<void> {
  const slices = new ByteSlices(contents);
  await withUploadFolder(project, async (folder) => {
    const together = new StoredTogether(blobs, folder);
    for (const sha256 of sends) {
      const size = sizes.get(sha256) ?? 0;
      if (size <= SMALL_BYTES) await together.add(sha256, await slices.whole(size));
      else await blobs.putStream(Readable.from(slices.next(size), { objectMode: false }), { expectedSha256: sha256 });
    }
    await together.store();
    await slices.requireEnd();
  });
}
