import * as z from "zod";
import { newSavedViewSchema, savedViewSchema } from "../saved-views.ts";
import { contracts } from "./contract.ts";
import { inProject } from "./projects.ts";

const tag = "Saved views";
const access = { project: "run.label" } as const;
const ofView = inProject.extend({ view: z.string().describe("its name") });

/** Lists of runs as users want to see them again. */
export const SAVED_VIEWS = contracts({
  listSavedViews: {
    ...{ method: "GET", path: "/api/v0/projects/:project/views/", access: { project: "project.read" }, tag },
    summary: "List the views that the caller has saved, and those that others share",
    params: inProject,
    reply: z.array(savedViewSchema),
  },
  saveView: {
    ...{ method: "PUT", path: "/api/v0/projects/:project/views/:view/", access, tag },
    summary: "Save a view under a name of the caller's own, in place of an earlier one of that name",
    params: ofView,
    body: z.strictObject(newSavedViewSchema.shape),
    reply: savedViewSchema,
  },
  removeSavedView: {
    ...{ method: "DELETE", path: "/api/v0/projects/:project/views/:view/", access, tag },
    summary: "Remove a view of the caller's own",
    params: ofView,
  },
});
