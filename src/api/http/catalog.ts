import * as z from "zod";
import {
  aliasMoveSchema,
  aliasSchema,
  aliasWishSchema,
  datasetSchema,
  datasetVersionSchema,
  newVersionSchema,
  rollbackSchema,
  versionDiffSchema,
  versionFileSchema,
} from "../catalog.ts";
import { pageOf } from "../page.ts";
import { pageRequestSchema } from "../queries.ts";
import { contracts } from "./contract.ts";
import { inProject } from "./projects.ts";
import { inAddress } from "./query.ts";

const read = { project: "project.read" } as const;
const write = { project: "data.write" } as const;
const ofAlias = inProject.extend({ alias: z.string().describe("`best`, or `flights%2Freviewed` of a dataset") });
const ofDataset = inProject.extend({ dataset: z.string().describe("its name") });
const ofVersion = ofDataset.extend({ version: z.string().describe("its name, an alias, or `latest`") });
const page = inAddress(pageRequestSchema);
const inAliases = { access: read, tag: "Aliases" } as const;
const inDatasets = { access: read, tag: "Datasets" } as const;

/** Movable names of files and versions, and datasets with their versions. */
export const CATALOG = contracts({
  listAliases: {
    ...{ method: "GET", path: "/api/v0/projects/:project/aliases/", ...inAliases },
    summary: "List the aliases of files, or those of a dataset, by name",
    params: inProject,
    query: inAddress(pageRequestSchema.extend({ dataset: z.string().exactOptional().describe("its name") })),
    reply: pageOf(aliasSchema),
  },
  alias: {
    ...{ method: "GET", path: "/api/v0/projects/:project/aliases/:alias/", ...inAliases },
    summary: "Show what an alias stands for",
    params: ofAlias,
    reply: aliasSchema,
  },
  aliasHistory: {
    ...{ method: "GET", path: "/api/v0/projects/:project/aliases/:alias/history/", ...inAliases },
    summary: "List the moves of an alias, the newest first",
    params: ofAlias,
    query: page,
    reply: pageOf(aliasMoveSchema),
  },
  moveAlias: {
    ...{ method: "PUT", path: "/api/v0/projects/:project/aliases/:alias/", ...inAliases, access: write },
    summary: "Let an alias stand for a file, or for a version of its dataset",
    params: ofAlias,
    body: z.strictObject(aliasWishSchema.shape),
    reply: aliasSchema,
  },
  rollBackAlias: {
    ...{ method: "POST", path: "/api/v0/projects/:project/aliases/:alias/rollback/", ...inAliases, access: write },
    summary: "Let an alias stand for what it stood for before",
    params: ofAlias,
    body: z.strictObject(rollbackSchema.shape),
    reply: aliasSchema,
  },
  removeAlias: {
    ...{ method: "DELETE", path: "/api/v0/projects/:project/aliases/:alias/", ...inAliases, access: write },
    summary: "Take an alias away; its history stays",
    params: ofAlias,
  },
  listDatasets: {
    ...{ method: "GET", path: "/api/v0/projects/:project/datasets/", ...inDatasets },
    summary: "List the datasets, by name",
    params: inProject,
    query: page,
    reply: pageOf(datasetSchema),
  },
  dataset: {
    ...{ method: "GET", path: "/api/v0/projects/:project/datasets/:dataset/", ...inDatasets },
    summary: "Show a dataset",
    params: ofDataset,
    reply: datasetSchema,
  },
  listDatasetVersions: {
    ...{ method: "GET", path: "/api/v0/projects/:project/datasets/:dataset/versions/", ...inDatasets },
    summary: "List the versions of a dataset, the newest first",
    params: ofDataset,
    query: page,
    reply: pageOf(datasetVersionSchema),
  },
  createDatasetVersion: {
    ...{ method: "POST", path: "/api/v0/projects/:project/datasets/:dataset/versions/", ...inDatasets, access: write },
    summary: "Make a version of stored files, and the dataset where there is none",
    params: ofDataset,
    body: z.strictObject(newVersionSchema.shape),
    reply: datasetVersionSchema,
    status: 201,
    isRepeatable: true,
  },
  datasetVersion: {
    ...{ method: "GET", path: "/api/v0/projects/:project/datasets/:dataset/versions/:version/", ...inDatasets },
    summary: "Show a version of a dataset",
    params: ofVersion,
    reply: datasetVersionSchema,
  },
  removeDatasetVersion: {
    ...{ method: "DELETE", path: "/api/v0/projects/:project/datasets/:dataset/versions/:version/", tag: "Datasets" },
    access: { project: "data.delete" },
    summary: "Delete a version; its name is never given again, and its files stay",
    params: ofVersion,
  },
  listVersionFiles: {
    ...{ method: "GET", path: "/api/v0/projects/:project/datasets/:dataset/versions/:version/files/", ...inDatasets },
    summary: "List the files of a version, by name",
    params: ofVersion,
    query: page,
    reply: pageOf(versionFileSchema),
  },
  compareVersions: {
    ...{ method: "GET", path: "/api/v0/projects/:project/datasets/:dataset/versions/:version/changes/", ...inDatasets },
    summary: "Show what differs between another version and this one",
    params: ofVersion,
    query: inAddress(
      pageRequestSchema.extend({
        since: z.string().describe("the other version: its name, an alias, or `NAME/VERSION` of another dataset"),
      }),
    ),
    reply: versionDiffSchema,
  },
});
