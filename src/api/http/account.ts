import * as z from "zod";
import { shape } from "../shape.ts";
import { time } from "../values.ts";
import { contracts } from "./contract.ts";
import { userSchema } from "./users.ts";

export const accessLevel = z.enum(["read", "write", "admin"]);
export const projectRole = z.enum(["viewer", "member", "admin"]);

const credentials = z.object({
  username: z.string().max(200).describe("the name of the user"),
  password: z.string().max(5_000).describe("their password"),
});

export const tokenSchema = shape("Token", "A token", {
  id: z.string().describe("names it"),
  name: z.string().describe("what its user calls it"),
  level: accessLevel.describe("how much of its user's rights it carries"),
  projects: z.array(z.string()).nullable().describe("ids of the only projects that it reaches; `null`: all"),
  createdAt: time.describe("when it was made"),
  expiresAt: time.nullable().describe("when it ends; `null`: when it is revoked"),
  usedAt: time.nullable().describe("when it was last used, to the minute"),
});

export const sessionSchema = shape("Session", "A session of a browser", {
  id: z.string().describe("names it"),
  agent: z.string().describe("what the browser calls itself"),
  address: z.string().describe("of the browser when it logged in"),
  createdAt: time.describe("when it logged in"),
  seenAt: time.describe("when it was last used, to the minute"),
  expiresAt: time.describe("when it ends in any case"),
});

const byId = z.object({ id: z.string() });
const tag = "Account";

/** Log-in, and the calls by which users see and change their own account. */
export const ACCOUNT = contracts({
  getToken: {
    ...{ method: "POST", path: "/api/v0/get-token/", access: "open", tag },
    summary: "Make a token from a name and a password",
    body: credentials,
    reply: z.object({ token: z.string().describe("shown this once") }),
  },
  logIn: {
    ...{ method: "POST", path: "/api/v0/log-in/", access: "open", tag },
    summary: "Begin a session of this browser, in a cookie",
    body: credentials,
    reply: userSchema,
  },
  logInMethods: {
    ...{ method: "GET", path: "/api/v0/log-in/methods/", access: "open", tag },
    summary: "Tell how users come in",
    reply: z.object({
      singleSignOn: z
        .object({ label: z.string().describe("what the provider is called"), path: z.string().describe("opens it") })
        .nullable()
        .describe("`null`: there is no provider"),
    }),
  },
  connectSingleSignOn: {
    ...{ method: "POST", path: "/api/v0/users/me/single-sign-on/", access: { server: "account.write" }, tag },
    summary: "Connect one's account at the provider, so that it opens this user as well",
    reply: z.object({ url: z.string().describe("where the browser goes on") }),
  },
  logOut: {
    ...{ method: "POST", path: "/api/v0/log-out/", access: { server: "account.read" }, tag },
    summary: "End the session, or revoke the token, that makes the call",
  },
  me: {
    ...{ method: "GET", path: "/api/v0/users/me/", access: { server: "account.read" }, tag },
    summary: "Tell who makes the call",
    reply: userSchema,
  },
  changeMe: {
    ...{ method: "PATCH", path: "/api/v0/users/me/", access: { server: "account.write" }, tag },
    summary: "Change one's own name or address",
    body: z.strictObject({ fullName: z.string().max(200).optional(), email: z.string().max(320).optional() }),
    reply: userSchema,
  },
  changePassword: {
    ...{ method: "POST", path: "/api/v0/users/me/password/", access: { server: "account.write" }, tag },
    summary: "Set a new password; the other sessions end",
    body: z.strictObject({ current: z.string().max(5_000), password: z.string().max(5_000) }),
    hasSecret: true,
  },
  sessions: {
    ...{ method: "GET", path: "/api/v0/users/me/sessions/", access: { server: "account.read" }, tag },
    summary: "List one's sessions, the last used first",
    reply: z.array(sessionSchema),
  },
  endSession: {
    ...{ method: "DELETE", path: "/api/v0/users/me/sessions/:id/", access: { server: "account.write" }, tag },
    summary: "Log one browser out",
    params: byId,
  },
  endSessions: {
    ...{ method: "DELETE", path: "/api/v0/users/me/sessions/", access: { server: "account.write" }, tag },
    summary: "Log out everywhere else",
    reply: z.object({ ended: z.number().int().describe("how many sessions") }),
  },
  tokens: {
    ...{ method: "GET", path: "/api/v0/users/me/tokens/", access: { server: "account.read" }, tag },
    summary: "List one's tokens, oldest first",
    reply: z.array(tokenSchema),
  },
  createToken: {
    ...{ method: "POST", path: "/api/v0/users/me/tokens/", access: { server: "account.write" }, tag },
    summary: "Make a token",
    body: z.strictObject({
      name: z.string().min(1).max(200).describe("what to call it"),
      level: accessLevel.default("write").describe("how much of one's rights it carries"),
      projects: z.array(z.string()).min(1).max(500).optional().describe("ids or names of the only projects it reaches"),
      expiresInDays: z.number().positive().max(3_650).optional().describe("absent: until it is revoked"),
    }),
    reply: tokenSchema.extend({ token: z.string().describe("shown this once") }),
    isShownOnce: true,
    status: 201,
    isRepeatable: true,
  },
  revokeToken: {
    ...{ method: "DELETE", path: "/api/v0/users/me/tokens/:id/", access: { server: "account.write" }, tag },
    summary: "Revoke a token",
    params: byId,
  },
});
