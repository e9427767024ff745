import { z } from "zod";
import { type Json, shape } from "./shape.ts";
import { number, sha256Field, sizeBytes, time, values } from "./values.ts";

export const datumSchema = shape("File", "A file", {
  id: z.string().describe("names it everywhere"),
  uri: z.string().describe("`datum://` and the id: names it as an input"),
  name: z.string().describe("path below the outputs, or the name of a fetched file"),
  sizeBytes,
  sha256: sha256Field,
  execution: number.nullable().describe("number of the execution that made it; `null` for a file from outside"),
  node: z.string().nullable().describe("the node of that execution"),
  createdAt: time.describe("when it was stored"),
  properties: values.describe("what the step wrote into its sidecar file"),
});
export type DatumView = Json<typeof datumSchema>;

export const downloadSchema = shape("Download", "Downloaded files", {
  folder: z.string().describe("where they were written"),
  files: z.array(z.string()).describe("their paths"),
});

export const openedFilesSchema = shape("OpenedFiles", "Opened files", {
  program: z.string().nullable().describe("that was asked to show them; `null` where nothing opens files"),
  files: z
    .array(z.object({ name: z.string().describe("of the stored file"), path: z.string().describe("of the copy that is shown") }))
    .describe("copies in a temporary folder"),
});
export type OpenedFiles = Json<typeof openedFilesSchema>;

export const snapshotSchema = shape("CheckedOutCode", "Checked-out code", {
  commit: z.string().describe("the version of the code"),
  folder: z.string().describe("where it was written"),
  fileCount: z.int().nonnegative().describe("how many files it has"),
  sizeBytes,
});
export type SnapshotView = Json<typeof snapshotSchema>;
