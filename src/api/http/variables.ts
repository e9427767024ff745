import * as z from "zod";
import { newVariableSchema, variableGroupSchema, variableSchema } from "../variables.ts";
import { contracts } from "./contract.ts";
import { inProject } from "./projects.ts";

const tag = "Variables";
const write = { project: "secret.write" } as const;
const ofGroup = inProject.extend({ group: z.string().describe("its name") });

const ofShared = z.strictObject({
  shared: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .exactOptional()
    .describe("the group is the server's; asks for an administrator of the server"),
});

/** Variables and secrets that the steps of a project get. */
export const VARIABLES = contracts({
  listVariables: {
    ...{ method: "GET", path: "/api/v0/projects/:project/variables/", access: { project: "project.read" }, tag },
    summary: "List the variables of a project and of its groups, secrets without their values",
    params: inProject,
    reply: z.array(variableGroupSchema),
  },
  setVariable: {
    ...{ method: "PUT", path: "/api/v0/projects/:project/variables/", access: write, tag },
    summary: "Set a variable or a secret",
    params: inProject,
    body: z.strictObject(newVariableSchema.shape),
    reply: variableSchema,
  },
  removeVariable: {
    ...{ method: "DELETE", path: "/api/v0/projects/:project/variables/:name/", access: write, tag },
    summary: "Remove a variable",
    params: inProject.extend({ name: z.string().describe("its name") }),
    query: ofShared.extend({ group: z.string().exactOptional().describe("absent: the project's own") }),
  },
  makeVariableGroup: {
    ...{ method: "PUT", path: "/api/v0/projects/:project/variable-groups/:group/", access: write, tag },
    summary: "Make a group of variables",
    params: ofGroup,
    query: ofShared,
    reply: variableGroupSchema,
  },
  removeVariableGroup: {
    ...{ method: "DELETE", path: "/api/v0/projects/:project/variable-groups/:group/", access: write, tag },
    summary: "Remove a group, with its variables",
    params: ofGroup,
    query: ofShared,
  },
  addEnvironmentVariable: {
    ...{ method: "POST", path: "/api/v0/projects/:project/environment_variable/", access: write, tag },
    summary: "Set a variable of the project, as Valohai's clients do",
    params: inProject,
    body: z.object({ name: z.string(), value: z.string(), secret: z.boolean().default(false) }),
    reply: z.object({ name: z.string(), secret: z.boolean() }),
    status: 201,
    isRepeatable: true,
    hasSecret: true,
  },
  deleteEnvironmentVariable: {
    ...{ method: "DELETE", path: "/api/v0/projects/:project/environment_variable/", access: write, tag },
    summary: "Remove a variable of the project, as Valohai's clients do",
    params: inProject,
    body: z.object({ name: z.string() }),
  },
});
