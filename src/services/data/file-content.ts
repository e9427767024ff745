import { createHash } from "node:crypto";
import type { ByteRange } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Context } from "../context.ts";
import { fileById } from "./find-files.ts";

/**
 * The bytes of a stored file, piece by piece. All of them are hashed on the way: where they are not those that were
 * recorded, HR_BLOB_DAMAGED is thrown after the last piece, so that whoever passes them on does not end with success.
 */
export async function* fileContent(context: Context, id: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
  const { name, sha256, purgedAt } = await fileById(context, id);
  if (purgedAt !== undefined)
    throw new HeadraceError("HR_NOT_FOUND", `"${name}" was purged at ${purgedAt}`, {
      hint: ["run again what made it, with ", { do: "set", option: "fresh" }],
    });
  const blobs = await context.project.blobs();
  if (range !== undefined) {
    for await (const piece of await blobs.read(sha256, range)) yield piece as Uint8Array;
    return;
  }
  const hash = createHash("sha256");
  for await (const piece of await blobs.read(sha256)) {
    const bytes = piece as Uint8Array;
    hash.update(bytes);
    yield bytes;
  }
  if (hash.digest("hex") === sha256) return;
  throw new HeadraceError(
    "HR_BLOB_DAMAGED",
    `the stored bytes of "${name}" are not those that were recorded (${sha256})`,
    {
      hint: [
        "run again what made it, with ",
        { do: "set", option: "fresh" },
        ", or bring it back from a backup; ",
        { do: "verify-files" },
        " finds all such files",
      ],
    },
  );
}
