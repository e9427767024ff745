import * as z from "zod";
import { shape } from "../shape.ts";
import { projectRole } from "./account.ts";
import { contracts } from "./contract.ts";
import { listOf, pageQuery } from "./lists.ts";

/** As Valohai's clients read it, with `role` beside. */
export const projectSchema = shape("Project", "A project", {
  id: z.string().describe("names it for good"),
  name: z.string().describe("without its owner"),
  owner: z.object({ username: z.string() }).describe("whose it is"),
  ctime: z.string().describe("when it was made"),
  role: projectRole.nullable().describe("what the caller is in it"),
  description: z.string().describe("of its maker; empty here"),
  urls: z.object({ display: z.string().describe("its page") }),
});

/** With what costs a look at its records. */
export const projectDetailSchema = projectSchema.extend({
  execution_summary: z.record(z.string(), z.number().int()).describe("`count`, `complete_count` …"),
  environment_variables: z
    .record(z.string(), z.object({ value: z.string().nullable(), secret: z.boolean() }))
    .describe("its own, by name; null stands for the value of a secret"),
});

export const memberSchema = shape("Member", "A member of a project", {
  kind: z.enum(["user", "team"]).describe("who it is"),
  id: z.string().describe("of the user or team"),
  name: z.string().describe("of the user or team"),
  role: projectRole.describe("what they are in the project"),
});

export const inProject = z.object({ project: z.string().describe("id of the project, or `owner%2Fname`") });
const ofMember = inProject.extend({ kind: z.enum(["user", "team"]), id: z.string().describe("id or name") });
const tag = "Projects";

export const PROJECTS = contracts({
  listProjects: {
    ...{ method: "GET", path: "/api/v0/projects/", access: { server: "account.read" }, tag },
    summary: "List the projects that the caller reaches, by name",
    query: pageQuery,
    reply: listOf(projectSchema),
  },
  createProject: {
    ...{ method: "POST", path: "/api/v0/projects/", access: { server: "project.create" }, tag },
    summary: "Make a project; its maker is its admin",
    body: z.object({
      name: z.string().describe("letters, digits and ._-"),
      owner: z.string().optional().describe("a team of the caller; absent: the caller"),
      description: z.string().max(10_000).optional().describe("not kept by this version"),
    }),
    reply: projectSchema,
    status: 201,
    isRepeatable: true,
  },
  ownershipOptions: {
    ...{ method: "GET", path: "/api/v0/projects/ownership_options/", access: { server: "project.create" }, tag },
    summary: "List whom a new project may belong to",
    reply: z.array(z.string().describe("of the caller and of their teams")),
  },
  project: {
    ...{ method: "GET", path: "/api/v0/projects/:project/", access: { project: "project.read" }, tag },
    summary: "Show a project",
    params: inProject,
    reply: projectDetailSchema,
  },
  renameProject: {
    ...{ method: "PATCH", path: "/api/v0/projects/:project/", access: { project: "project.configure" }, tag },
    summary: "Rename a project",
    params: inProject,
    body: z.strictObject({ name: z.string() }),
    reply: projectSchema,
  },
  removeProject: {
    ...{ method: "DELETE", path: "/api/v0/projects/:project/", access: { project: "project.delete" }, tag },
    summary: "Remove a project with its runs, files and code; none of its runs may be unfinished",
    params: inProject,
  },
  listMembers: {
    ...{ method: "GET", path: "/api/v0/projects/:project/members/", access: { project: "project.read" }, tag },
    summary: "List who belongs to a project",
    params: inProject,
    reply: z.array(memberSchema),
  },
  setMember: {
    ...{ method: "PUT", path: "/api/v0/projects/:project/members/:kind/:id/", tag },
    access: { project: "project.members" },
    summary: "Make a user or team a member, or give it another role",
    params: ofMember,
    body: z.strictObject({ role: projectRole }),
  },
  removeMember: {
    ...{ method: "DELETE", path: "/api/v0/projects/:project/members/:kind/:id/", tag },
    access: { project: "project.members" },
    summary: "Take a user or team out of a project",
    params: ofMember,
  },
});
