import * as z from "zod";
import { missingCodeSchema, storedCodeSchema } from "../code-uploads.ts";
import { contentsQuerySchema, lackingContentsSchema, receivedPartSchema } from "../file-uploads.ts";
import { datumSchema, purgeRequestSchema } from "../files.ts";
import { sha256, sizeBytes } from "../values.ts";
import { contracts } from "./contract.ts";
import { inProject } from "./projects.ts";

const access = { project: "code.upload" } as const;
const write = { project: "data.write" } as const;
const asNumber = z.coerce.number().pipe(sizeBytes);
const tag = "Code";

/** Versions of the code that are sent file by file: only what the project lacks. */
export const UPLOADS = contracts({
  missingCode: {
    ...{ method: "POST", path: "/api/v0/projects/:project/code/missing/", access, tag },
    summary: "Tell which contents a list of files (application/octet-stream) has that the project lacks",
    params: inProject,
    bytes: true,
    reply: missingCodeSchema,
    isRepeatable: true,
  },
  storeCode: {
    ...{ method: "POST", path: "/api/v0/projects/:project/code/", access, tag },
    summary: "Store a version of the code: a line of JSON, the list of its files, and the contents that were missing",
    params: inProject,
    bytes: true,
    reply: storedCodeSchema,
    status: 201,
    isRepeatable: true,
  },
  lackingContents: {
    ...{ method: "POST", path: "/api/v0/projects/:project/files/lacking/", access: write, tag: "Data" },
    summary: "Tell which contents of files the project lacks, and how much of each has come by parts",
    params: inProject,
    body: z.strictObject(contentsQuerySchema.shape),
    reply: lackingContentsSchema,
  },
  receivePart: {
    ...{ method: "PUT", path: "/api/v0/projects/:project/files/contents/:sha256/", access: write, tag: "Data" },
    summary: "Send a part of a large content; one that was broken off goes on where it was",
    params: inProject.extend({ sha256: sha256.describe("of the whole content") }),
    query: z.strictObject({
      offset: asNumber.describe("where the part begins: so many bytes have come"),
      sizeBytes: asNumber.describe("of the whole content"),
    }),
    bytes: true,
    reply: receivedPartSchema,
  },
  storeFiles: {
    ...{ method: "POST", path: "/api/v0/projects/:project/files/", access: write, tag: "Data" },
    summary: "Store files: a line of JSON (`files`, `sends`), and behind it the contents that were lacking",
    params: inProject,
    bytes: true,
    reply: z.array(datumSchema),
    status: 201,
  },
  purgeFiles: {
    ...{
      method: "POST",
      path: "/api/v0/projects/:project/files/purge/",
      access: { project: "data.delete" },
      tag: "Data",
    },
    summary: "Purge stored files: their bytes go, and their records say so",
    params: inProject,
    body: z.strictObject(purgeRequestSchema.shape),
    reply: z.array(datumSchema),
  },
});
