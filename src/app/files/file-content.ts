import { createHash } from "node:crypto";
import type { DatumView } from "../../api/index.ts";
import type { BlobStore } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";

/**
 * The bytes of a stored file, piece by piece. They are hashed on the way: where they are not those that were recorded, HR_BLOB_DAMAGED is
 * thrown after the last piece, so that whoever passes them on does not end with success.
 */
export async function* fileContent(blobs: BlobStore, { name, sha256 }: Pick<DatumView, "name" | "sha256">): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const piece of await blobs.read(sha256)) {
    const bytes = piece as Uint8Array;
    hash.update(bytes);
    yield bytes;
  }
  if (hash.digest("hex") === sha256) return;
  throw new HeadraceError("HR_BLOB_DAMAGED", `the stored bytes of "${name}" are not those that were recorded (${sha256})`, {
    hint: "run again what made it, with --fresh, or bring it back from a backup; `headrace verify` finds all such files",
  });
}
