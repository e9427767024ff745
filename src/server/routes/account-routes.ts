import type { SessionRecord, TokenRecord, UserRecord } from "../../access/index.ts";
import type { ACCOUNT, ReplyOf, USERS } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Handlers, LoggedIn } from "../call.ts";
import { callerOf, sessionCookie } from "../caller.ts";
import type { ServerParts } from "../server-parts.ts";
import { setDeparture } from "../single-sign-on/departure-cookie.ts";
import { SIGN_ON_PATH } from "../single-sign-on/sign-on-pages.ts";

const DAY_MS = 86_400_000;

/** Answers log-in, and the calls by which users see and change their own account. */
export function accountRoutes(parts: ServerParts): Handlers<typeof ACCOUNT> {
  const { access, now, publicUrl, database, singleSignOn } = parts;
  const cookie = sessionCookie(publicUrl);
  const cookieOptions = { path: "/", httpOnly: true, sameSite: "lax", secure: cookie.secure } as const;
  return {
    getToken: async ({ body: { username, password }, address }) => {
      const user = await access.logIn({ name: username, password, address, now: now() });
      const wish = { actor: `user:${user.name}`, at: now() } as const;
      const made = await access.tokens.create({ userId: user.id, name: "get-token", scope: { level: "admin" } }, wish);
      return { token: made.credential };
    },
    logIn: async ({ body: { username, password }, address, agent, reply }) => {
      const login = { name: username, password, address, agent, now: now() };
      const { user, credential } = await access.beginSession(login);
      reply.setCookie(cookie.name, credential, cookieOptions);
      return userView(user);
    },
    logInMethods: async () => ({
      singleSignOn: singleSignOn === undefined ? null : { label: singleSignOn.provider.label, path: SIGN_ON_PATH },
    }),
    connectSingleSignOn: async ({ caller, request, reply }) => {
      const { byCookie } = await callerOf(request, parts);
      if (singleSignOn === undefined || !byCookie)
        throw new HeadraceError("HR_NOT_SUPPORTED", "an account is connected in a browser, where there is a provider", {
          hint: "log in with a browser; an administrator sets the provider up",
        });
      const { url, departure } = await singleSignOn.provider.depart({ at: now(), connects: userId(caller) });
      setDeparture(reply, publicUrl, departure);
      return { url };
    },
    logOut: async ({ caller, wish, request, reply }) => {
      const { byCookie, credential } = await callerOf(request, parts);
      const credentials = byCookie ? access.sessions.endByCredential : access.tokens.revokeByCredential;
      await credentials(userId(caller), credential, wish);
      reply.clearCookie(cookie.name, cookieOptions);
    },
    me: async ({ caller }) => userView(await access.users.require(userId(caller))),
    changeMe: async ({ caller, body, wish }) => {
      const { fullName, email } = body;
      const change = { ...(fullName !== undefined && { fullName }), ...(email !== undefined && { email }) };
      return userView(await access.users.update(userId(caller), change, wish));
    },
    changePassword: async ({ caller, body, wish, address, request }) => {
      const user = await access.users.require(userId(caller));
      // Somebody who finds an unlocked browser must not be able to take the account over.
      await access.logIn({ name: user.name, password: body.current, address, now: now() });
      await access.setPassword(user.id, body.password, { ...wish, keepSessions: true });
      await access.sessions.endOthers(user.id, request.cookies[cookie.name], wish);
    },
    sessions: async ({ caller }) => (await access.sessions.list(userId(caller), now())).map(sessionView),
    endSession: ({ caller, params, wish }) => access.sessions.end(userId(caller), params.id, wish),
    endSessions: async ({ caller, wish, request }) => ({
      ended: await access.sessions.endOthers(userId(caller), request.cookies[cookie.name], wish),
    }),
    tokens: async ({ caller }) => (await access.tokens.list(userId(caller))).map(tokenView),
    createToken: async ({ caller, body, wish, recordId }) => {
      const { name, level, expiresInDays } = body;
      const projects = body.projects && (await Promise.all(body.projects.map(projectId)));
      const { token, credential } = await access.tokens.create(
        {
          ...{ userId: userId(caller), name, scope: { level, ...(projects !== undefined && { projects }) } },
          ...(recordId !== undefined && { id: recordId }),
          ...(expiresInDays !== undefined && { expiresAt: Math.round(now() + expiresInDays * DAY_MS) }),
        },
        wish,
      );
      return { ...tokenView(token), token: credential };
    },
    revokeToken: ({ caller, params, wish }) => access.tokens.revoke(userId(caller), params.id, wish),
  };

  /** A project of a token need not be one that the user reaches: the token never reaches further than its user. */
  async function projectId(ref: string): Promise<string> {
    return (await database.installation.findProject(ref))?.id ?? ref;
  }
}

function userId(caller: LoggedIn): string {
  if (caller.kind === "user") return caller.id;
  throw new HeadraceError("HR_FORBIDDEN", "a step has no account", { hint: "use a token of a user" });
}

export function userView(user: UserRecord): ReplyOf<(typeof USERS)["user"]> {
  const { id, name: username, fullName, email, isAdmin, hasPassword, createdAt, disabledAt } = user;
  const times = { createdAt: isoTime(createdAt), disabledAt: disabledAt === undefined ? null : isoTime(disabledAt) };
  return { id, username, fullName, email, isAdmin, hasPassword, ...times };
}

export function tokenView({ id, name, scope, createdAt, expiresAt, usedAt }: TokenRecord) {
  return {
    ...{ id, name, level: scope.level, projects: scope.projects === undefined ? null : [...scope.projects] },
    createdAt: isoTime(createdAt),
    expiresAt: expiresAt === undefined ? null : isoTime(expiresAt),
    usedAt: usedAt === undefined ? null : isoTime(usedAt),
  };
}

function sessionView({ id, agent, address, createdAt, seenAt, expiresAt }: SessionRecord) {
  const times = { createdAt: isoTime(createdAt), seenAt: isoTime(seenAt), expiresAt: isoTime(expiresAt) };
  return { id, agent, address, ...times };
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
