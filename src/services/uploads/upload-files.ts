import type {
  ContentPart,
  ContentsQuery,
  DatumView,
  FilesUpload,
  LackingContentsView,
  ReceivedPartView,
} from "../../api/index.ts";
import type { BlobStore } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { openRecorder } from "../installation/assemble-engine.ts";
import { datumView } from "../records/view-of.ts";
import { ReceivedParts } from "./received-parts.ts";
import { storeSent } from "./store-sent.ts";

/**
 * Returns the contents that a project lacks, with the bytes of each that have come in parts. Contents of other projects
 * do not count, though the files may lie in one place: a caller that names a hash must not get its content without
 * having had it.
 */
export async function lackingContents({ project }: Context, { contents }: ContentsQuery): Promise<LackingContentsView> {
  const parts = new ReceivedParts(project);
  const store = project.hasState() ? await project.reader() : undefined;
  const blobs = store && (await project.blobs());
  const lacking: { sha256: string; receivedBytes: number }[] = [];
  for (const { sha256 } of contents) {
    const known = (await store?.data.findByContent(sha256)) !== undefined && (await blobs?.has(sha256)) === true;
    if (!known) lacking.push({ sha256, receivedBytes: parts.sizeOf(sha256) });
  }
  return { lacking };
}

/** Takes in a part of a large content. */
export async function receivePart({ project }: Context, part: ContentPart): Promise<ReceivedPartView> {
  await project.writer();
  return { receivedBytes: await new ReceivedParts(project).add(part, part.bytes) };
}

/**
 * Stores files: their contents are sent along, have come by parts, or are those of files that the project has. All of
 * them are recorded, or none is. Throws HR_CONFLICT where contents are lacking, HR_USAGE for bytes that are not those
 * of their hash.
 */
export async function storeFiles(context: Context, upload: FilesUpload): Promise<readonly DatumView[]> {
  const { actor, now, project } = context;
  for (const { name } of upload.files) requireName(name);
  const sizes = new Map(upload.files.map(({ sha256, sizeBytes }) => [sha256, sizeBytes]));
  const stray = upload.sends.find((sha256) => !sizes.has(sha256));
  if (stray !== undefined)
    throw new HeadraceError("HR_USAGE", `the content ${stray} is sent, and no file of the list has it`, {
      hint: "send what the description of the API says",
    });
  const store = await project.writer();
  using recorder = await openRecorder({ ...context, store });
  const { blobs } = recorder.places;
  const parts = new ReceivedParts(project);
  const taken = await (async () => {
    await storeSent(project, blobs, upload, sizes);
    return await takeOthers({ store, blobs, parts }, new Set(upload.sends), sizes);
  })().catch(asWrongBytes);
  const files = upload.files.map(({ properties = {}, ...file }) => ({
    ...file,
    properties,
    uri: `upload:${file.name}`,
  }));
  const data = await store.data.addUploaded(files, { actor, at: now() });
  for (const sha256 of taken) parts.remove(sha256);
  return data.map((datum) => datumView(datum));
}

/** Contents that were not sent along; returns those that had come by parts. */
async function takeOthers(
  { store, blobs, parts }: { readonly store: ProjectStore; readonly blobs: BlobStore; readonly parts: ReceivedParts },
  sent: ReadonlySet<string>,
  sizes: ReadonlyMap<string, number>,
): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const [sha256, size] of sizes) {
    if (sent.has(sha256)) continue;
    if (parts.sizeOf(sha256) === size && size > 0) {
      await blobs.putStream(parts.read(sha256), { expectedSha256: sha256 }).catch((error: unknown) => {
        // The bytes that came are not those announced: they would stand in the way of the right bytes.
        if (error instanceof HeadraceError && error.code === "HR_BLOB_DAMAGED") parts.remove(sha256);
        throw error;
      });
      taken.push(sha256);
      continue;
    }
    const known = await store.data.findByContent(sha256);
    if (known?.sizeBytes !== size || !(await blobs.has(sha256)))
      throw new HeadraceError("HR_CONFLICT", `the content ${sha256} is lacking`, {
        hint: "ask anew which contents are lacking, and send them",
      });
  }
  return taken;
}

/** Nothing that is stored is damaged: what came is not what was announced. */
function asWrongBytes(error: unknown): never {
  if (!(error instanceof HeadraceError) || error.code !== "HR_BLOB_DAMAGED") throw error;
  throw new HeadraceError("HR_USAGE", "the bytes that came for a content are not those of its hash", {
    hint: "send it once more; the file may have been saved meanwhile",
    cause: error,
  });
}

function requireName(name: string): void {
  const parts = name.split("/");
  const isWrong = parts.some((part) => part === "" || part === "." || part === "..") || /\p{Cc}/u.test(name);
  if (!isWrong && name.isWellFormed()) return;
  throw new HeadraceError("HR_USAGE", `${JSON.stringify(name)} is no name of a file`, {
    hint: "give a path with `/` between its parts, of which none is empty, `.` or `..`",
  });
}
