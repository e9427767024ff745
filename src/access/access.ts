import { HeadraceError } from "../errors.ts";
import type { Actor, InstallationStore, ProjectRecord, Wish } from "../store/index.ts";
import { kindOfCredential } from "./credential.ts";
import { type ExecutionTokens, executionTokens } from "./execution-tokens.ts";
import { type LoginLimits, loginLimits } from "./login-limits.ts";
import { type ActionSubject, may, type Verdict } from "./may.ts";
import { type MemberRepository, memberRepository } from "./members.ts";
import { checkPassword, hashPassword, isOutdatedHash, isPassword, passTimeOfPassword } from "./password.ts";
import type { Principal } from "./principal.ts";
import type { Action, ProjectAction, Role, ServerAction } from "./roles.ts";
import { type SessionRepository, sessionRepository } from "./sessions.ts";
import { type TeamRepository, teamRepository } from "./teams.ts";
import { type CredentialHolder, type TokenRepository, tokenRepository } from "./tokens.ts";
import { type UserRecord, type UserRepository, userRepository } from "./users.ts";

const NOBODY: Principal = { kind: "nobody" };

/** The input of a login: the typed name and password, and the address that it came from. */
export interface LoginRequest {
  readonly name: string;
  readonly password: string;
  readonly address: string;
  readonly agent: string;
  readonly now: number;
}

/** The access to this installation: users, their ways to log in, and their roles in projects. */
export class Access {
  readonly users: UserRepository;
  readonly tokens: TokenRepository;
  readonly sessions: SessionRepository;
  readonly teams: TeamRepository;
  readonly members: MemberRepository;
  readonly executions: ExecutionTokens;
  readonly #limits: LoginLimits;

  constructor({ scope }: Pick<InstallationStore, "scope">) {
    this.users = userRepository(scope);
    this.tokens = tokenRepository(scope);
    this.sessions = sessionRepository(scope);
    this.teams = teamRepository(scope);
    this.members = memberRepository(scope);
    this.executions = executionTokens(scope);
    this.#limits = loginLimits(scope);
  }

  /** Returns the user or program that a credential stands for; nobody if it is unknown, has expired, or was revoked. */
  async principalOf(credential: string, now: number): Promise<Principal> {
    switch (kindOfCredential(credential)) {
      case "token":
        return principal("token", await this.tokens.holderOf(credential, now));
      case "session":
        return principal("session", await this.sessions.holderOf(credential, now));
      case "execution": {
        const holder = await this.executions.holderOf(credential);
        return holder === undefined ? NOBODY : { kind: "execution", ...holder };
      }
      case undefined:
        return NOBODY;
    }
  }

  /**
   * The user of a name and password. Throws HR_NOT_LOGGED_IN where they do not fit (without telling which), and
   * HR_TOO_MANY_REQUESTS after too many of those.
   */
  async logIn({ name, password, address, now }: Omit<LoginRequest, "agent">): Promise<UserRecord> {
    if (!(await this.#limits.begin(name, address, now)))
      throw new HeadraceError("HR_TOO_MANY_REQUESTS", "too many attempts to log in have failed", {
        hint: "wait a quarter of an hour, or ask an administrator for a new password",
      });
    const user = await this.#userOf(name, password, now);
    if (user === undefined)
      throw new HeadraceError("HR_NOT_LOGGED_IN", "the name and the password do not fit", {
        hint: "check both; an administrator can set a new password",
      });
    await this.#limits.succeed(name, address);
    return user;
  }

  /** Logs a browser in. Throws as `logIn` does. */
  async beginSession(request: LoginRequest): Promise<{ readonly user: UserRecord; readonly credential: string }> {
    const user = await this.logIn(request);
    const { address, agent, now } = request;
    const wish: Wish = { actor: `user:${user.name}`, at: now };
    const { credential } = await this.sessions.begin({ userId: user.id, agent, address }, wish);
    return { user, credential };
  }

  /** Throws HR_USAGE for a password that is easy to guess, HR_NOT_FOUND for an unknown user. */
  async setPassword(userId: string, password: string, wish: Wish & { readonly keepSessions?: boolean }): Promise<void> {
    const user = await this.users.require(userId);
    checkPassword(password, user.name);
    await this.users.setPassword(user.id, await hashPassword(password), wish);
  }

  /** Returns the role of the caller in a project; absent: none. */
  async roleOf(caller: Principal, project: ProjectRecord): Promise<Role | undefined> {
    return caller.kind === "user" ? this.members.roleOf(project, caller.id) : undefined;
  }

  /**
   * Throws where the caller may not: HR_NOT_LOGGED_IN, HR_FORBIDDEN, or `missing` for a project that it cannot see,
   * which says no more than the caller did.
   */
  async requireInProject(
    caller: Principal,
    action: ProjectAction,
    project: ProjectRecord,
    missing: HeadraceError = new HeadraceError("HR_NOT_FOUND", `there is no project “${project.name}”`, {
      hint: "check the name, and whether you are a member",
    }),
  ): Promise<void> {
    const subject = { project: project.id, role: await this.roleOf(caller, project) };
    refuse(verdict(caller, action, subject), action, missing);
  }

  /** Throws where the caller may not: HR_NOT_LOGGED_IN or HR_FORBIDDEN. */
  requireOnServer(caller: Principal, action: ServerAction): void {
    refuse(verdict(caller, action), action);
  }

  async #userOf(name: string, password: string, now: number): Promise<UserRecord | undefined> {
    const user = await this.users.find(name);
    const stored = user === undefined ? undefined : await this.users.passwordOf(user.id);
    if (user === undefined || stored === undefined) {
      await passTimeOfPassword(password);
      return undefined;
    }
    if (!(await isPassword(password, stored))) return undefined;
    if (isOutdatedHash(stored)) await this.users.renewHash(user.id, await hashPassword(password), now);
    return user;
  }
}

/** In whose name records say that a caller did something. */
export function actorOf(caller: Exclude<Principal, { kind: "nobody" }>): Actor {
  return caller.kind === "user" ? `user:${caller.name}` : `execution:${caller.id}`;
}

function principal(kind: "session" | "token", holder: CredentialHolder | undefined): Principal {
  if (holder === undefined) return NOBODY;
  const { userId: id, userName: name, isAdmin, scope } = holder;
  return { kind: "user", id, name, isAdmin, by: { kind, id: holder.id }, ...(scope !== undefined && { scope }) };
}

function verdict(caller: Principal, action: Action, subject?: ActionSubject): Verdict {
  return may(caller, action, subject);
}

function refuse(given: Verdict, action: Action, hidden?: HeadraceError): void {
  if (given === "allow") return;
  if (given === "hide" && hidden !== undefined) throw hidden;
  if (given === "log-in")
    throw new HeadraceError("HR_NOT_LOGGED_IN", "this needs somebody who is logged in", {
      hint: "log in, or send a token that has neither expired nor been revoked",
    });
  throw new HeadraceError("HR_FORBIDDEN", `you may not do this (${action})`, {
    hint: "ask an administrator of the project for the role, or use a token with more rights",
  });
}
