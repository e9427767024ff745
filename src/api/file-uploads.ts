import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { sha256, sha256Field, sizeBytes, values } from "./values.ts";

/** So many files are told or sent with one request. */
export const FILES_AT_ONCE = 1_000;

const content = { sha256: sha256Field, sizeBytes };

/** Contents of which it is asked whether a project has them. */
export const contentsQuerySchema = z.object({
  contents: z.array(z.object(content)).max(FILES_AT_ONCE).describe("of the files that are to be uploaded"),
});
export type ContentsQuery = Json<typeof contentsQuerySchema>;

export const lackingContentsSchema = shape("LackingContents", "What a project lacks of some files", {
  lacking: z
    .array(
      z.object({
        sha256: sha256Field,
        receivedBytes: sizeBytes.describe("so many bytes have come by parts; go on after them"),
      }),
    )
    .describe("contents that have to be sent"),
});
export type LackingContentsView = Json<typeof lackingContentsSchema>;

export const receivedPartSchema = shape("ReceivedPart", "A received part of a file", {
  receivedBytes: sizeBytes.describe("so many bytes of the content have come"),
});
export type ReceivedPartView = Json<typeof receivedPartSchema>;

const uploadedFile = z.strictObject({
  name: z.string().min(1).max(1_000).describe("what it is called: a path with `/`, and no part `.` or `..`"),
  sha256,
  sizeBytes,
  properties: values.exactOptional().describe("free properties, and `valohai.tags`"),
});

/** The first line of an upload; the contents follow it, one behind the other. */
export const filesHeadSchema = z.strictObject({
  files: z.array(uploadedFile).min(1).max(FILES_AT_ONCE),
  sends: z.array(sha256).max(FILES_AT_ONCE).describe("contents in the order in which they come"),
});
export type FilesHead = Json<typeof filesHeadSchema>;

/** Files that are to be stored, and the contents that the project lacks. */
export interface FilesUpload extends FilesHead {
  /** Names the request: sent again with the same key, it is carried out once. */
  readonly key?: string;
  /** The bytes of `sends`, one behind the other. Asked for once. */
  readonly contents: AsyncIterable<Uint8Array>;
}

/** A part of a content that is sent by parts. */
export interface ContentPart {
  readonly sha256: string;
  /** Size of the whole content. */
  readonly sizeBytes: number;
  /** The place in the content at which the part begins. */
  readonly offset: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}
