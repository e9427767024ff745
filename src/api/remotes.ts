import * as z from "zod";
import { type Json, shape } from "./shape.ts";

const server = z.string().describe("its address");
const username = z.string().describe("who is logged in there");
const version = z.string().describe("of the server");

export const loginSchema = shape("Login", "A login", { server, username, version });

export const logoutSchema = shape("Logout", "A logout", {
  server,
  revoked: z.boolean().describe("`false` where the server could not be told; the token is forgotten here all the same"),
});

export const remoteSchema = shape("Remote", "The project on a server that a folder belongs to", {
  server: server.nullable().describe("its address; `null`, as all others, where commands act in the folder"),
  project: z.string().nullable().describe("id of the project"),
  name: z.string().nullable().describe("of the project, with its owner"),
  username: username.nullable(),
  version: version.nullable(),
  folder: z.string().nullable().describe("that it is set for; `null` where variables of the environment set it"),
});
export type RemoteView = Json<typeof remoteSchema>;

export const serversSchema = shape("Servers", "The servers that the user is logged in to", {
  servers: z.array(z.object({ server, username })).describe("by address"),
});
