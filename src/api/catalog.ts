import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { actor, count, number, sha256Field, sizeBytes, time } from "./values.ts";

const comment = z.string().max(2_000);
const aliasName = z.string().describe("`best`, of a file; `flights/reviewed`, of a version of a dataset");

export const aliasSchema = shape("Alias", "An alias", {
  name: aliasName,
  uri: z.string().describe("names what it stands for as an input, whatever that is by then"),
  kind: z.enum(["file", "dataset"]).describe("what it stands for: a file, or a version of a dataset"),
  target: z.string().describe("id of the file or version that it stands for"),
  targetUri: z.string().describe("names that as an input for good"),
  targetName: z.string().describe("name of the file, or of the version"),
  moves: count.describe("how often it has been moved"),
  movedAt: time.describe("when it was moved last"),
});
export type AliasView = Json<typeof aliasSchema>;

export const aliasMoveSchema = shape("AliasMove", "A move of an alias", {
  move: number.describe("counts its moves, from 1"),
  target: z.string().nullable().describe("id of the file or version that it came to stand for; `null`: taken away"),
  targetUri: z.string().nullable().describe("names that as an input"),
  targetName: z.string().nullable().describe("name of the file or version; `null` where it is gone"),
  movedAt: time.describe("when"),
  movedBy: actor.describe("who asked for it, or for the run that did"),
  comment: z.string().describe("why; may be empty"),
  execution: number.nullable().describe("number of the execution whose end moved it; `null`: somebody did"),
});
export type AliasMoveView = Json<typeof aliasMoveSchema>;

/** Where an alias is to go. */
export const aliasWishSchema = z.object({
  target: z
    .string()
    .max(2_000)
    .describe("a file (`datum://ID`, `12.train/model.pkl`), or for an alias of a dataset the name of a version"),
  comment: comment.exactOptional().describe("why"),
  after: count.exactOptional().describe("`moves` as you saw it: refused if it was moved since"),
});
export type AliasWish = Json<typeof aliasWishSchema>;

export const rollbackSchema = z.object({
  to: number.exactOptional().describe("the move to go back to; absent: the one before the last"),
  comment: comment.exactOptional().describe("why"),
});
export type RollbackWish = Json<typeof rollbackSchema>;

export const datasetVersionSchema = shape("DatasetVersion", "A version of a dataset", {
  id: z.string().describe("names it everywhere"),
  dataset: z.string().describe("name of the dataset"),
  version: z.string().describe("its own name"),
  uri: z.string().describe("names it as an input: `dataset://NAME/VERSION`"),
  number: number.describe("counts the versions of the dataset"),
  from: z.string().nullable().describe("the version that it was made from, as `NAME/VERSION`"),
  files: count.describe("how many it has"),
  sizeBytes: sizeBytes.describe("of all of them"),
  aliases: z.array(z.string()).describe("that stand for it now"),
  note: z.string().describe("what its maker said of it; may be empty"),
  execution: number.nullable().describe("number of the execution that made it; `null`: somebody did"),
  createdAt: time.describe("when it was made"),
  createdBy: actor.describe("who made it, or asked for the run that did"),
  deletedAt: time.exactOptional().describe("when it was deleted; absent for all others"),
});
export type DatasetVersionView = Json<typeof datasetVersionSchema>;

export const datasetSchema = shape("Dataset", "A dataset", {
  name: z.string().describe("its name"),
  versions: count.describe("how many it has"),
  latest: datasetVersionSchema.nullable().describe("the newest; `null` where all were deleted"),
  createdAt: time.describe("when its first version was made"),
  createdBy: actor.describe("who made that"),
});
export type DatasetView = Json<typeof datasetSchema>;

const versionFile = {
  file: z.string().describe("id of the stored file"),
  sizeBytes,
  sha256: sha256Field,
};

export const versionFileSchema = shape("VersionFile", "A file of a version", {
  name: z.string().describe("path within the version"),
  ...versionFile,
  uri: z.string().describe("`datum://` and the id: names it as an input"),
  purgedAt: time.exactOptional().describe("when its bytes were purged; absent for all others"),
});
export type VersionFileView = Json<typeof versionFileSchema>;

export const versionChangeSchema = z.object({
  name: z.string().describe("path within the versions"),
  change: z.enum(["added", "removed", "changed"]).describe("from the first to the second"),
  before: z.object(versionFile).nullable().describe("the file of the first version"),
  after: z.object(versionFile).nullable().describe("the file of the second version"),
});

export const versionDiffSchema = shape("VersionDifference", "What differs between two versions", {
  before: z.string().describe("the first version, as `NAME/VERSION`"),
  after: z.string().describe("the second version"),
  added: count.describe("how many files the second has that the first lacks"),
  removed: count.describe("how many the first has that the second lacks"),
  changed: count.describe("how many both have, with other contents"),
  items: z.array(versionChangeSchema).describe("the changes, by name"),
  next: z.string().nullable().describe("what asks for the next page; `null` at the end"),
});
export type VersionDiffView = Json<typeof versionDiffSchema>;

export const datasetAnswerSchema = z.union([
  z.array(datasetSchema),
  z.array(datasetVersionSchema),
  z.array(versionFileSchema),
  versionDiffSchema,
]);

export const aliasAnswerSchema = z.union([z.array(aliasSchema), z.array(aliasMoveSchema)]);

/** More files of one request than a server takes. */
const MOST_FILES = 20_000;

export const newVersionSchema = z.object({
  version: z.string().exactOptional().describe("its name; absent: `v` and its number"),
  from: z
    .string()
    .exactOptional()
    .describe("the version whose files it has as well: `v1`, an alias, `latest`, or `NAME/VERSION` of another dataset"),
  exclude: z.array(z.string()).max(MOST_FILES).exactOptional().describe("files of that which it leaves out"),
  files: z
    .array(
      z.object({
        file: z.string().describe("id of a stored file"),
        name: z.string().min(1).max(1_000).exactOptional().describe("path in the version; absent: the file's own name"),
      }),
    )
    .max(MOST_FILES)
    .describe("that it has, in place of those of the same name"),
  aliases: z.array(z.string()).max(20).exactOptional().describe("that stand for it from then on"),
  note: comment.exactOptional().describe("what it is"),
});
export type NewVersion = Json<typeof newVersionSchema>;
