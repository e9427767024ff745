import * as z from "zod";
import { shape } from "../shape.ts";
import { contracts } from "./contract.ts";
import { listOf, pageQuery } from "./lists.ts";
import { inProject } from "./projects.ts";

const nullableText = (what: string) => z.string().nullable().describe(what);

export const repositorySchema = shape("Repository", "The repository that a project's code is fetched from", {
  url: z.string().describe("its address, as git takes it"),
  branch: nullableText("the branch that runs if nobody names a version; null: its main, master or only branch"),
  configPath: nullableText("the configuration file in it; null: one of the usual names at its top"),
  credential: z.enum(["ssh-key", "token"]).nullable().describe("the kind of its credential, which is never told"),
  hasWebhookSecret: z.boolean().describe("true if pushes can be told by webhooks"),
  fetchEveryS: z.number().int().nullable().describe("fetched again after so many seconds; null: when it is asked for"),
  fetchedAt: nullableText("when it was fetched last"),
  fetchError: nullableText("why the last fetch failed; null: it did not"),
});

export const refSchema = shape("Ref", "A branch or a tag", {
  name: z.string().describe("`main`, `v1.0`"),
  kind: z.enum(["branch", "tag"]).describe("which of them"),
  commit: z.string().describe("the commit that it means"),
});

/** As Valohai's clients read it. */
export const commitSchema = shape("Commit", "A version of a project's code", {
  identifier: z.string().describe("the commit's name in git, or `~` and a hash for uploaded code"),
  ref: nullableText("the branch or tag that it was fetched for"),
  commit_time: z.string().describe("when it was committed, or uploaded"),
  adhoc: z.boolean().describe("true for uploaded code"),
  description: z.string().describe("the first line of its message, or what was said with the upload"),
  url: z.string().describe("its address in the API"),
  config: z.unknown().optional().describe("its configuration as JSON, if `include=config` asks for it"),
});

const credential = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("ssh-key"), key: z.string().min(1).max(20_000) }),
    z.strictObject({
      kind: z.literal("token"),
      user: z.string().min(1).max(500).default("git"),
      token: z.string().min(1).max(10_000),
    }),
  ])
  .nullable()
  .describe("a deploy key (OpenSSH, without a passphrase) or a token over https; null: none");

const commitQuery = z.object({
  project: z.string().describe("id of the project, or `owner/name`"),
  ...pageQuery.shape,
  adhoc: z.enum(["true", "false"]).optional().describe("only uploaded code, or only commits"),
});

const tag = "Code";

/** The code of projects: Valohai's calls, and beside them what sets a project's repository. */
export const CODE = contracts({
  repository: {
    ...{ method: "GET", path: "/api/v0/projects/:project/repository/", access: { project: "project.read" }, tag },
    summary: "Show the repository of a project",
    params: inProject,
    reply: repositorySchema,
  },
  setRepository: {
    ...{ method: "PUT", path: "/api/v0/projects/:project/repository/", tag },
    access: { project: "project.configure" },
    summary: "Set or change the repository of a project; what is left out stays",
    params: inProject,
    body: z.strictObject({
      url: z.string().min(1).max(2_000).optional().describe("https://HOST/PATH, or USER@HOST:PATH"),
      branch: z.string().min(1).max(500).nullable().optional().describe("null: its main, master or only branch"),
      configPath: z.string().min(1).max(2_000).nullable().optional().describe("null: at its top"),
      credential: credential.optional(),
      fetchEveryS: z.number().int().min(30).max(31_536_000).nullable().optional().describe("null: not by itself"),
    }),
    reply: repositorySchema,
  },
  removeRepository: {
    ...{ method: "DELETE", path: "/api/v0/projects/:project/repository/", tag },
    access: { project: "project.configure" },
    summary: "Take the repository away from a project; versions that ran stay",
    params: inProject,
  },
  renewWebhookSecret: {
    ...{ method: "POST", path: "/api/v0/projects/:project/repository/webhook-secret/", tag },
    access: { project: "project.configure" },
    summary: "Make the secret that webhooks of pushes are signed with; it is told once",
    params: inProject,
    reply: z.object({ secret: z.string(), url: z.string().describe("where pushes are told") }),
    isRepeatable: true,
  },
  fetchRepository: {
    ...{ method: "POST", path: "/api/v0/projects/:project/fetch/", access: { project: "code.fetch" }, tag },
    summary: "Fetch the repository of a project now",
    params: inProject,
    reply: z.object({
      commits: z.array(z.object({ ref: z.string(), identifier: z.string() })).describe("the head of each branch"),
      errors: z.array(z.string()),
    }),
    isRepeatable: true,
  },
  listRefs: {
    ...{ method: "GET", path: "/api/v0/projects/:project/refs/", access: { project: "project.read" }, tag },
    summary: "List the branches and tags of a project's repository, as of the last fetch",
    params: inProject,
    reply: z.array(refSchema),
  },
  listProjectCommits: {
    ...{ method: "GET", path: "/api/v0/projects/:project/commits/", access: { project: "project.read" }, tag },
    summary: "List the versions of a project's code, the newest first",
    params: inProject,
    reply: z.array(commitSchema),
  },
  listCommits: {
    ...{ method: "GET", path: "/api/v0/commits/", access: { project: "project.read" }, tag },
    summary: "List the versions of a project's code a page at a time, the newest first",
    query: commitQuery,
    reply: listOf(commitSchema),
  },
  commit: {
    ...{ method: "GET", path: "/api/v0/commits/:commit/", access: { project: "project.read" }, tag },
    summary: "Show a version of a project's code",
    params: z.object({ commit: z.string().describe("its identifier, or a branch or tag") }),
    query: z.object({ project: commitQuery.shape.project, include: z.enum(["config"]).optional() }),
    reply: commitSchema,
  },
  importPackage: {
    ...{ method: "POST", path: "/api/v0/projects/:project/import-package/", access: { project: "code.upload" }, tag },
    summary: "Upload code: a form with the file `data` (.tar.gz, .tar or .zip), `description` and `yaml_path`",
    params: inProject,
    upload: true,
    reply: commitSchema,
    status: 201,
    isRepeatable: true,
  },
});
