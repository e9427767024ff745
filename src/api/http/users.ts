import * as z from "zod";
import { shape } from "../shape.ts";
import { time } from "../values.ts";
import { contracts } from "./contract.ts";
import { listOf, pageQuery } from "./lists.ts";

export const userSchema = shape("User", "A user", {
  id: z.string().describe("names them for good"),
  username: z.string().describe("what they log in as"),
  fullName: z.string().describe("their name in full, or empty"),
  email: z.string().describe("their address, or empty"),
  isAdmin: z.boolean().describe("administrator of the server"),
  hasPassword: z.boolean().describe("they can log in with a password"),
  createdAt: time.describe("when they were added"),
  disabledAt: time.nullable().describe("when they lost their way in"),
});

const byId = z.object({ id: z.string().describe("id or name of the user") });
const tag = "Users";

export const USERS = contracts({
  listUsers: {
    ...{ method: "GET", path: "/api/v0/users/", access: { server: "user.list" }, tag },
    summary: "List users by name",
    query: pageQuery,
    reply: listOf(userSchema),
  },
  createUser: {
    ...{ method: "POST", path: "/api/v0/users/", access: { server: "user.manage" }, tag },
    summary: "Add a user",
    body: z.strictObject({
      username: z.string().describe("what they log in as"),
      fullName: z.string().max(200).optional(),
      email: z.string().max(320).optional(),
      isAdmin: z.boolean().optional().describe("administrator of the server"),
      password: z.string().max(5_000).optional().describe("absent: they cannot log in with a password yet"),
    }),
    reply: userSchema,
    status: 201,
    isRepeatable: true,
    hasSecret: true,
  },
  user: {
    ...{ method: "GET", path: "/api/v0/users/:id/", access: { server: "user.list" }, tag },
    summary: "Show a user",
    params: byId,
    reply: userSchema,
  },
  changeUser: {
    ...{ method: "PATCH", path: "/api/v0/users/:id/", access: { server: "user.manage" }, tag },
    summary: "Change a user, disable them, or let them in again",
    params: byId,
    body: z.strictObject({
      fullName: z.string().max(200).optional(),
      email: z.string().max(320).optional(),
      isAdmin: z.boolean().optional(),
      isDisabled: z.boolean().optional().describe("a disabled user is logged out, and their tokens fail"),
    }),
    reply: userSchema,
  },
  setUserPassword: {
    ...{ method: "POST", path: "/api/v0/users/:id/password/", access: { server: "user.manage" }, tag },
    summary: "Set the password of a user; their sessions end",
    params: byId,
    body: z.strictObject({ password: z.string().max(5_000) }),
    isRepeatable: true,
    hasSecret: true,
  },
});
