import { HeadraceError } from "../errors.ts";
import type { Wish } from "../store/index.ts";
import { createRecordId, type InstallationScope, statement } from "../store/sql.ts";
import { createCredential, hashCredential } from "./credential.ts";
import type { TokenScope } from "./principal.ts";
import { ACCESS_LEVELS, type AccessLevel } from "./roles.ts";

/** A credential for programs. Its text is known to whoever made it alone. */
export interface TokenRecord {
  readonly id: string;
  /** The name that its user gave it. */
  readonly name: string;
  readonly scope: TokenScope;
  readonly createdAt: number;
  readonly expiresAt?: number;
  /** Roughly: at most a minute old. */
  readonly usedAt?: number;
}

export interface NewToken {
  /** The id that it is to have, in the place of one that has it already; absent: one of its own. */
  readonly id?: string;
  readonly userId: string;
  readonly name: string;
  readonly scope: TokenScope;
  /** Absent: it stays until it is revoked. */
  readonly expiresAt?: number;
}

/** The user that a credential stands for. */
export interface CredentialHolder {
  readonly userId: string;
  readonly userName: string;
  readonly isAdmin: boolean;
  /** Absent for a session. */
  readonly scope?: TokenScope;
  /** The id of the token or session. */
  readonly id: string;
}

interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly level: string;
  readonly projects: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly used_at: number | null;
}

const COLUMNS = "id, name, level, projects, created_at, expires_at, used_at";

const insertToken = statement<{
  id: string;
  hash: string;
  userId: string;
  name: string;
  level: string;
  projects: string | null;
  at: number;
  expiresAt: number | null;
}>(`
  insert into api_tokens (id, hash, user_id, name, level, projects, created_at, expires_at)
  values (:id, :hash, :userId, :name, :level, :projects, :at, :expiresAt)`);

const selectTokens = statement<{ userId: string }, TokenRow>(
  `select ${COLUMNS} from api_tokens where user_id = :userId order by id`,
);

const deleteToken = statement<{ id: string; userId: string }>(
  "delete from api_tokens where id = :id and user_id = :userId",
);

const deleteByHash = statement<{ hash: string; userId: string }, { readonly id: string }>(
  "delete from api_tokens where hash = :hash and user_id = :userId returning id",
);

const selectHolder = statement<
  { hash: string; now: number },
  Pick<TokenRow, "id" | "level" | "projects" | "used_at"> & {
    readonly user_id: string;
    readonly user_name: string;
    readonly is_admin: number;
  }
>(`
  select api_tokens.id, level, projects, used_at, user_id, users.name as user_name, is_admin
  from api_tokens join users on users.id = user_id
  where hash = :hash and disabled_at is null and (expires_at is null or expires_at > :now)`);

const touchToken = statement<{ id: string; now: number }>("update api_tokens set used_at = :now where id = :id");

/** A token that is used is marked as used so often. */
const TOUCH_MS = 60_000;

export interface TokenRepository {
  /** Returns the text of the token, which nobody can ask for again. */
  create(token: NewToken, wish: Wish): Promise<{ readonly token: TokenRecord; readonly credential: string }>;
  /** Those of a user, oldest first. */
  list(userId: string): Promise<readonly TokenRecord[]>;
  /** Throws HR_NOT_FOUND where the user has no such token. */
  revoke(userId: string, id: string, wish: Wish): Promise<void>;
  /** Revokes the token of this text, if it is one. */
  revokeByCredential(userId: string, credential: string, wish: Wish): Promise<void>;
  /** Undefined for one that is unknown, has expired or was revoked, and for that of a disabled user. */
  holderOf(credential: string, now: number): Promise<CredentialHolder | undefined>;
}

export function tokenRepository({ database, change }: InstallationScope): TokenRepository {
  return {
    create: ({ userId, name, scope, expiresAt, ...given }, { actor, at }) =>
      change(async ({ queries, audit }) => {
        const credential = createCredential("token");
        const id = given.id ?? createRecordId(at);
        // Its text reached nobody, else it would not be asked for again.
        if (given.id !== undefined) await queries.run(deleteToken, { id, userId });
        await queries.run(insertToken, {
          ...{ id, hash: hashCredential(credential), userId, name, level: scope.level, at },
          ...{ projects: scope.projects?.join(" ") ?? null, expiresAt: expiresAt ?? null },
        });
        const detail = { name, user: userId, ...scope, ...(expiresAt !== undefined && { expiresAt }) };
        await audit({ at, actor, action: "token.create", subject: { kind: "token", id }, detail });
        const token = { id, name, scope, createdAt: at, ...(expiresAt !== undefined && { expiresAt }) };
        return { token, credential };
      }),
    list: async (userId) => (await database.all(selectTokens, { userId })).map(toToken),
    revoke: (userId, id, { actor, at }) =>
      change(async ({ queries, audit }) => {
        if ((await queries.run(deleteToken, { id, userId })) === 0)
          throw new HeadraceError("HR_NOT_FOUND", `there is no token ${id}`, { hint: "look it up in the list" });
        await audit({ at, actor, action: "token.revoke", subject: { kind: "token", id }, detail: { user: userId } });
      }),
    revokeByCredential: (userId, credential, { actor, at }) =>
      change(async ({ queries, audit }) => {
        const deleted = await queries.get(deleteByHash, { hash: hashCredential(credential), userId });
        if (deleted === undefined) return;
        const subject = { kind: "token", id: deleted.id };
        await audit({ at, actor, action: "token.revoke", subject, detail: { user: userId } });
      }),
    holderOf: async (credential, now) => {
      const row = await database.get(selectHolder, { hash: hashCredential(credential), now });
      if (row === undefined) return undefined;
      if (row.used_at === null || now - row.used_at >= TOUCH_MS)
        await change(async ({ queries }) => void (await queries.run(touchToken, { id: row.id, now })));
      const { id, user_id: userId, user_name: userName, is_admin: isAdmin } = row;
      return { id, userId, userName, isAdmin: isAdmin === 1, scope: scopeOf(row) };
    },
  };
}

function toToken(row: TokenRow): TokenRecord {
  return {
    ...{ id: row.id, name: row.name, scope: scopeOf(row), createdAt: row.created_at },
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.used_at !== null && { usedAt: row.used_at }),
  };
}

/** A level that this program does not know carries the least. */
function scopeOf({ level, projects }: Pick<TokenRow, "level" | "projects">): TokenScope {
  const known: AccessLevel = ACCESS_LEVELS.find((each) => each === level) ?? "read";
  return { level: known, ...(projects !== null && { projects: projects.split(" ").filter((id) => id !== "") }) };
}
