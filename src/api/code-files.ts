import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { sha256, sizeBytes } from "./values.ts";

/** A file of a version of the code. */
export const codeFileSchema = shape("CodeFile", "A file of the code", {
  path: z.string().describe("below the top folder of the project, with `/`"),
  sizeBytes: sizeBytes.nullable().describe("`null` for a symbolic link"),
  sha256: sha256.nullable().describe("of its content; `null` for a symbolic link"),
  executable: z.boolean().describe("true if it can be executed"),
  link: z.string().exactOptional().describe("where a symbolic link leads, for such a link alone"),
});
export type CodeFileView = Json<typeof codeFileSchema>;

export const codeTextSchema = shape("CodeText", "The text of a file of the code", {
  ...codeFileSchema.shape,
  text: z
    .string()
    .nullable()
    .describe("its beginning, of 256 kB at most; `null` for what is no text in UTF-8, and for a symbolic link"),
  isCut: z.boolean().describe("true if the file is longer than its text here"),
});
export type CodeTextView = Json<typeof codeTextSchema>;
