import { garbageSchema } from "../housekeeping.ts";
import { storageSchema } from "../storage.ts";
import { contracts } from "./contract.ts";
import { inProject } from "./projects.ts";

const tag = "Storage";

/** The files that a project keeps, and those that could be removed. */
export const STORAGE = contracts({
  storage: {
    ...{ method: "GET", path: "/api/v0/projects/:project/storage/", access: { project: "project.read" }, tag },
    summary: "Show how many files are stored, and how large they are",
    params: inProject,
    reply: storageSchema,
  },
  garbage: {
    ...{ method: "GET", path: "/api/v0/projects/:project/garbage/", access: { project: "project.configure" }, tag },
    summary: "Show what clearing up would remove; nothing is removed",
    params: inProject,
    reply: garbageSchema,
  },
  clearUp: {
    ...{ method: "POST", path: "/api/v0/projects/:project/garbage/", access: { project: "project.configure" }, tag },
    summary: "Clear up by the rules of retention: remove what `garbage` shows",
    params: inProject,
    reply: garbageSchema,
  },
});
