import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { sha256Field } from "./values.ts";

export const missingCodeSchema = shape("MissingCode", "What a project lacks of a version of its code", {
  commit: z.string().nullable().describe("the version, where the project has all of it already"),
  missing: z.array(sha256Field).describe("contents that must be sent along, each by its SHA-256"),
});
export type MissingCodeView = Json<typeof missingCodeSchema>;

export const storedCodeSchema = shape("StoredCode", "A stored version of the code", {
  commit: z.string().describe("names it: `~` and a hash"),
});
export type StoredCodeView = Json<typeof storedCodeSchema>;

/** The first line of an upload; the list of files follows it, and after that the contents, one behind the other. */
export const codeHeadSchema = z.strictObject({
  manifestBytes: z
    .int()
    .positive()
    .max(256 * 1024 * 1024),
  /** Contents in the order in which they come. Their sizes stand in the list. */
  sends: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(1_000_000),
  git: z.strictObject({ commit: z.string().max(100), branch: z.string().max(1_000).exactOptional() }).exactOptional(),
});
export type CodeHead = Json<typeof codeHeadSchema>;

/** A version of the code that is sent: a list of files, and the contents that the project lacks. */
export interface CodeUpload extends Pick<CodeHead, "git"> {
  /** As snapshots spell it. */
  readonly manifest: Uint8Array;
  readonly sends: readonly string[];
  /** The bytes of `sends`, one behind the other. Asked for once. */
  readonly contents: AsyncIterable<Uint8Array>;
}
