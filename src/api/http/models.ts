import * as z from "zod";
import {
  modelAliasSchema,
  modelAliasWishSchema,
  modelDecisionRequestSchema,
  modelDifferenceSchema,
  modelSchema,
  modelVersionDetailSchema,
  modelVersionSchema,
} from "../models.ts";
import { pageOf } from "../page.ts";
import { pageRequestSchema } from "../queries.ts";
import { contracts } from "./contract.ts";
import { inProject } from "./projects.ts";
import { inAddress } from "./query.ts";

const tag = "Models";
const read = { project: "project.read" } as const;
const approve = { project: "model.approve" } as const;
const page = inAddress(pageRequestSchema);
const ofModel = inProject.extend({ model: z.string().describe("its name") });
const ofVersion = ofModel.extend({ version: z.string().describe("its number, an alias, or `latest`") });
const base = "/api/v0/projects/:project/models";

/** Models and their versions. */
export const MODELS = contracts({
  listModels: {
    ...{ method: "GET", path: `${base}/`, access: read, tag },
    summary: "List the models, by name",
    params: inProject,
    query: page,
    reply: pageOf(modelSchema),
  },
  model: {
    ...{ method: "GET", path: `${base}/:model/`, access: read, tag },
    summary: "Show a model",
    params: ofModel,
    reply: modelSchema,
  },
  listModelVersions: {
    ...{ method: "GET", path: `${base}/:model/versions/`, access: read, tag },
    summary: "List the versions of a model, the newest first",
    params: ofModel,
    query: page,
    reply: pageOf(modelVersionSchema),
  },
  modelVersion: {
    ...{ method: "GET", path: `${base}/:model/versions/:version/`, access: read, tag },
    summary: "Show a version of a model, with its files, data, evidence and card",
    params: ofVersion,
    reply: modelVersionDetailSchema,
  },
  decideModelVersion: {
    ...{ method: "POST", path: `${base}/:model/versions/:version/decision/`, access: approve, tag },
    summary: "Approve or reject a version of a model, or overrule what was decided",
    params: ofVersion,
    body: z.strictObject(modelDecisionRequestSchema.shape),
    reply: modelVersionDetailSchema,
  },
  compareModelVersions: {
    ...{ method: "GET", path: `${base}/:model/versions/:version/changes/`, access: read, tag },
    summary: "Show what differs between another version and this one",
    params: ofVersion,
    query: inAddress(
      z.object({ since: z.string().describe("the other version: its number, an alias, or `NAME/3` of another model") }),
    ),
    reply: modelDifferenceSchema,
  },
  listModelAliases: {
    ...{ method: "GET", path: `${base}/:model/aliases/`, access: read, tag },
    summary: "List the aliases of a model, each with its moves",
    params: ofModel,
    reply: z.array(modelAliasSchema),
  },
  moveModelAlias: {
    ...{ method: "PUT", path: `${base}/:model/aliases/:alias/`, access: approve, tag },
    summary: "Let an alias of a model stand for another version, or take it away",
    params: ofModel.extend({ alias: z.string().describe("its name: `champion`, or any") }),
    body: z.strictObject(modelAliasWishSchema.shape),
    reply: modelAliasSchema,
  },
});
