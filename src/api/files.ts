import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { count, number, sha256Field, sizeBytes, time, values } from "./values.ts";

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
  purgedAt: time.exactOptional().describe("when its bytes were purged; absent for all others"),
});
export type DatumView = Json<typeof datumSchema>;

export const listedFileSchema = shape("ListedFile", "A file in a list", {
  ...datumSchema.shape,
  run: number.nullable().describe("number of the run in which it was made; `null` for a file from outside"),
  usedBy: count.describe("how many executions have received it"),
});
export type ListedFileView = Json<typeof listedFileSchema>;

export const fileHolderSchema = shape("FileHolder", "What keeps a file", {
  kind: z
    .enum(["alias", "dataset-version", "model-version"])
    .describe("an alias of it, or a version of a dataset or a model that has it"),
  name: z.string().describe("of the alias, or `NAME/VERSION`"),
  uri: z.string().describe("names the alias or the version as an input"),
});
export type FileHolderView = Json<typeof fileHolderSchema>;

export const fileDetailSchema = shape("FileDetail", "A file and what keeps it", {
  ...datumSchema.shape,
  holders: z.array(fileHolderSchema).describe("aliases and versions of datasets and models that have it"),
});
export type FileDetailView = Json<typeof fileDetailSchema>;

export const dataAnswerSchema = z.union([z.array(fileDetailSchema), z.array(listedFileSchema), z.array(datumSchema)]);

/** Files whose bytes are to go. */
export const purgeRequestSchema = z.object({
  files: z.array(z.string().min(1).max(100)).min(1).max(10_000).describe("ids of stored files"),
  unlessNeeded: z
    .boolean()
    .exactOptional()
    .describe("refuse where an alias, a version of a dataset or an execution has one of them"),
});
export type PurgeRequest = Json<typeof purgeRequestSchema>;

export const downloadSchema = shape("Download", "Downloaded files", {
  folder: z.string().describe("where they were written"),
  files: z.array(z.string()).describe("their paths"),
});

export const openedFilesSchema = shape("OpenedFiles", "Opened files", {
  program: z.string().nullable().describe("that was asked to show them; `null` where nothing opens files"),
  files: z
    .array(
      z.object({
        name: z.string().describe("of the stored file"),
        path: z.string().describe("of the copy that is shown"),
      }),
    )
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
