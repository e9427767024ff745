import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { HeadraceError } from "../../errors.ts";
import { faultPoint } from "../../fault-point.ts";
import { openCode } from "../../snapshots/index.ts";
import type { SnapshotRecord } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { openRecorder } from "../installation/assemble-engine.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { LARGEST_CODE_BYTES, withUploadFolder } from "../uploads/upload-folder.ts";

/** The description of a code package. */
export interface PackageDetails {
  readonly description: string;
  /** The configuration file in it; absent: one of the usual names at its top. */
  readonly configPath?: string;
}

/** Packed code that somebody sends. */
export interface ReceivedPackage {
  readonly content: AsyncIterable<Uint8Array>;
  /** Known once the content was read. */
  readonly details: () => Promise<PackageDetails>;
}

/** Stores the files of an archive, each content once; the archive itself does not stay. */
export async function storePackage(
  project: ProjectResources,
  content: AsyncIterable<Uint8Array>,
  { actor, now }: Pick<Context, "actor" | "now">,
): Promise<SnapshotRecord> {
  const store = await project.writer();
  return await withUploadFolder(project, async (folder) => {
    const file = join(folder, "package");
    await pipeline(Readable.from(limited(content), { objectMode: false }), createWriteStream(file, { mode: 0o600 }));
    faultPoint("upload-received");
    using recorder = await openRecorder({ actor, project, now, store });
    await using code = await openCode({ kind: "archive", file });
    if ((await code.files()).paths()?.length === 0)
      throw new HeadraceError("HR_SNAPSHOT_FAILED", "the packed code holds no file", {
        hint: "pack the files of the project's folder",
      });
    return (await code.capture(recorder.places)).record;
  });
}

async function* limited(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > LARGEST_CODE_BYTES)
      throw new HeadraceError("HR_TOO_LARGE", `the packed code has more than ${LARGEST_CODE_BYTES} bytes`, {
        hint: "leave out what is no code: make large files inputs",
      });
    yield chunk;
  }
}
