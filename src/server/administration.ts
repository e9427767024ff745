import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Access, type AccessLevel, checkPassword, hashPassword, type UserChange } from "../access/index.ts";
import type { TeamsView, TokensView, UsersView } from "../api/index.ts";
import { HeadraceError } from "../errors.ts";
import { localActor } from "../services/index.ts";
import { type MetadataDatabase, openDatabase, type Wish } from "../store/index.ts";
import { tokenView, userView } from "./routes/account-routes.ts";

export interface AdministrationOptions {
  /** The folder of the server (`headrace serve --home`). */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}

export interface GivenUser {
  readonly fullName?: string;
  readonly email?: string;
  readonly isAdmin?: boolean;
}

/** `make`: one is made, and shown. */
export type GivenPassword = "make" | { readonly text: string };

export interface GivenToken {
  readonly name: string;
  readonly level: AccessLevel;
  /** Ids or names of the only projects that it reaches; none: all. */
  readonly projects: readonly string[];
  readonly expiresInDays?: number;
}

const DAY_MS = 86_400_000;
const PAGE = 500;

/**
 * Users, teams and tokens of a server, for whoever may read and write its database: they need no password, whether the
 * server runs or not. Each change is in the audit log, in the name of the user of this machine.
 */
export class Administration implements AsyncDisposable {
  readonly #database: MetadataDatabase;
  readonly #access: Access;
  readonly #now: () => number;

  private constructor(database: MetadataDatabase, now: () => number) {
    this.#database = database;
    this.#access = new Access(database.installation);
    this.#now = now;
  }

  /** Throws HR_NOT_FOUND where the folder is no home of a server. */
  static async open({ home, env, now }: AdministrationOptions): Promise<Administration> {
    const url = env.HEADRACE_DATABASE_URL?.trim() ?? "";
    const file = join(home, "headrace.db");
    if (url === "" && !existsSync(file))
      throw new HeadraceError("HR_NOT_FOUND", `there is no server's database in ${home}`, {
        hint: "name the folder that the server was started with; its first start makes the database",
      });
    return new Administration(await openDatabase(url === "" ? { file } : { url }), now);
  }

  async users(): Promise<UsersView> {
    for (let users: UsersView["users"] = []; ; ) {
      const page = await this.#access.users.list({ offset: users.length, limit: PAGE });
      users = [...users, ...page.map(userView)];
      if (page.length < PAGE) return { users, password: null };
    }
  }

  /** Without a password, the user cannot log in with one. */
  async addUser(name: string, given: GivenUser, password?: GivenPassword): Promise<UsersView> {
    const { text, shown } = password === undefined ? { shown: null } : chosenPassword(password);
    if (text !== undefined) checkPassword(text, name);
    const secret = text === undefined ? {} : { password: await hashPassword(text) };
    const user = await this.#access.users.create({ name, ...given, ...secret }, this.#wish());
    return { users: [userView(user)], password: shown };
  }

  /** Ends the sessions of the user. */
  async setPassword(name: string, password: GivenPassword): Promise<UsersView> {
    const { id } = await this.#access.users.require(name);
    const { text, shown } = chosenPassword(password);
    await this.#access.setPassword(id, text, this.#wish());
    return { ...(await this.#one(id)), password: shown };
  }

  async changeUser(name: string, change: UserChange): Promise<UsersView> {
    const { id } = await this.#access.users.require(name);
    await this.#access.users.update(id, change, this.#wish());
    return this.#one(id);
  }

  /** Ends all sessions of the user; tokens stay. */
  async logOut(name: string): Promise<UsersView> {
    const { id } = await this.#access.users.require(name);
    await this.#access.sessions.endOthers(id, undefined, this.#wish());
    return this.#one(id);
  }

  async teams(): Promise<TeamsView> {
    return { teams: (await this.#access.teams.list()).map((team) => ({ ...team, members: [...team.members] })) };
  }

  async addTeam(name: string): Promise<TeamsView> {
    await this.#access.teams.create(name, this.#wish());
    return this.teams();
  }

  async removeTeam(name: string): Promise<TeamsView> {
    await this.#access.teams.remove(name, this.#wish());
    return this.teams();
  }

  async joinTeam(name: string, user: string): Promise<TeamsView> {
    const { id } = await this.#access.users.require(user);
    await this.#access.teams.addUser(name, id, this.#wish());
    return this.teams();
  }

  async leaveTeam(name: string, user: string): Promise<TeamsView> {
    const { id } = await this.#access.users.require(user);
    await this.#access.teams.removeUser(name, id, this.#wish());
    return this.teams();
  }

  async tokens(user: string): Promise<TokensView> {
    const { id } = await this.#access.users.require(user);
    return { tokens: (await this.#access.tokens.list(id)).map(tokenView), token: null };
  }

  async addToken(user: string, { name, level, projects, expiresInDays }: GivenToken): Promise<TokensView> {
    const { id: userId } = await this.#access.users.require(user);
    const wish = this.#wish();
    const ids = await Promise.all(projects.map(async (ref) => (await this.#database.project(ref)).project.id));
    const { credential } = await this.#access.tokens.create(
      {
        ...{ userId, name, scope: { level, ...(ids.length > 0 && { projects: ids }) } },
        ...(expiresInDays !== undefined && { expiresAt: wish.at + expiresInDays * DAY_MS }),
      },
      wish,
    );
    return { ...(await this.tokens(user)), token: credential };
  }

  async revokeToken(user: string, token: string): Promise<TokensView> {
    const { id } = await this.#access.users.require(user);
    await this.#access.tokens.revoke(id, token, this.#wish());
    return this.tokens(user);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database[Symbol.asyncDispose]();
  }

  async #one(id: string): Promise<UsersView> {
    return { users: [userView(await this.#access.users.require(id))], password: null };
  }

  #wish(): Wish {
    return { actor: localActor(), at: this.#now() };
  }
}

function chosenPassword(given: GivenPassword): { readonly text: string; readonly shown: string | null } {
  if (given !== "make") return { text: given.text, shown: null };
  // 120 bits, easy to copy.
  const text = randomBytes(15).toString("base64url");
  return { text, shown: text };
}
