import { HeadraceError } from "../errors.ts";
import type { Wish } from "../store/index.ts";
import { createRecordId, type InstallationScope, type Queries, statement } from "../store/sql.ts";
import { RefusedUserChange } from "./refused-user-change.ts";

/** A person, or a program that logs in as one. */
export interface UserRecord {
  /** A UUID. */
  readonly id: string;
  /** The name that the user logs in with; unique in any case of its letters, and never changed. */
  readonly name: string;
  readonly fullName: string;
  readonly email: string;
  /** Administrator of the server. */
  readonly isAdmin: boolean;
  /** Without, the user comes in by another identity provider, or not at all. */
  readonly hasPassword: boolean;
  readonly createdAt: number;
  /** The moment at which the user was disabled; everything that they did stays. */
  readonly disabledAt?: number;
}

export interface NewUser {
  /** The id that they are to have; absent: one of their own. */
  readonly id?: string;
  readonly name: string;
  readonly fullName?: string;
  readonly email?: string;
  readonly isAdmin?: boolean;
  /** As `hashPassword` made it. */
  readonly password?: string;
  /** By which they come in from an identity provider. */
  readonly identity?: { readonly issuer: string; readonly subject: string };
}

export interface UserChange {
  readonly fullName?: string;
  readonly email?: string;
  readonly isAdmin?: boolean;
  readonly isDisabled?: boolean;
}

export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly full_name: string;
  readonly email: string;
  readonly is_admin: number;
  readonly has_password: number;
  readonly created_at: number;
  readonly disabled_at: number | null;
}

const COLUMNS = `id, name, full_name, email, is_admin, created_at, disabled_at,
  case when password is null then 0 else 1 end as has_password`;

const insertUser = statement<{
  id: string;
  name: string;
  folded: string;
  fullName: string;
  email: string;
  isAdmin: number;
  password: string | null;
  at: number;
}>(`
  insert into users (id, name, folded_name, full_name, email, is_admin, password, password_at, created_at)
  values (:id, :name, :folded, :fullName, :email, :isAdmin, :password, :at, :at) on conflict do nothing`);

const selectUser = statement<{ ref: string; folded: string }, UserRow>(
  `select ${COLUMNS} from users where id = :ref or folded_name = :folded`,
);

const selectUsers = statement<{ offset: number; limit: number }, UserRow>(
  `select ${COLUMNS} from users order by folded_name limit :limit offset :offset`,
);

const countUsers = statement<Record<string, never>, { readonly count: number }>("select count(*) as count from users");

const selectPassword = statement<{ id: string }, { password: string | null }>(
  "select password from users where id = :id and disabled_at is null",
);

const updatePassword = statement<{ id: string; password: string | null; at: number }>(
  "update users set password = :password, password_at = :at where id = :id",
);

const updateUser = statement<{
  id: string;
  fullName: string;
  email: string;
  isAdmin: number;
  disabledAt: number | null;
}>(`
  update users set full_name = :fullName, email = :email, is_admin = :isAdmin, disabled_at = :disabledAt
  where id = :id`);

/** Read with a lock, so that two who give up the office at once do not both go. */
const countAdmins = statement<Record<string, never>, { id: string }>(
  "select id from users where is_admin = 1 and disabled_at is null",
  { locks: "users" },
);

const selectByIdentity = statement<{ issuer: string; subject: string }, UserRow>(`
  select ${COLUMNS} from users
  where id = (select user_id from user_identities where issuer = :issuer and subject = :subject)`);

const insertIdentity = statement<{ issuer: string; subject: string; userId: string; at: number }>(`
  insert into user_identities (issuer, subject, user_id, created_at) values (:issuer, :subject, :userId, :at)
  on conflict do nothing`);

/**
 * Nobody can have come in as such a user yet, so that the address is what an administrator wrote. Two with the same
 * address: neither, since it cannot be told who is meant.
 */
const selectInvited = statement<{ email: string }, UserRow>(`
  select ${COLUMNS} from users
  where lower(email) = :email and password is null and disabled_at is null
    and not exists (select 1 from user_identities where user_id = users.id)
    and not exists (select 1 from api_tokens where user_id = users.id)
    and not exists (select 1 from sessions where user_id = users.id)`);

const endSessions = statement<{ id: string }>("delete from sessions where user_id = :id");

export interface UserRepository {
  /** By id, or by name in any case of its letters. */
  find(ref: string): Promise<UserRecord | undefined>;
  /** The same; throws HR_NOT_FOUND. */
  require(ref: string): Promise<UserRecord>;
  /** By name, a page at a time. */
  list(page: { readonly offset?: number; readonly limit: number }): Promise<readonly UserRecord[]>;
  count(): Promise<number>;
  /** Throws HR_CONFLICT where somebody has the name, HR_USAGE where it cannot be one. */
  create(user: NewUser, wish: Wish): Promise<UserRecord>;
  /**
   * Throws HR_CONFLICT where the server would be left without an administrator. A user who is disabled is logged out.
   */
  update(id: string, change: UserChange, wish: Wish): Promise<UserRecord>;
  /** The hash of the password of a user who may log in. */
  passwordOf(id: string): Promise<string | undefined>;
  /** `null` takes the password away. With `keepSessions`, nobody is logged out by it. */
  setPassword(id: string, hash: string | null, wish: Wish & { readonly keepSessions?: boolean }): Promise<void>;
  /** Stores the same password under today's costs of hashing; no change that anybody wanted. */
  renewHash(id: string, hash: string, at: number): Promise<void>;
  /** The one user of this address who cannot have come in yet: whom an administrator has invited by it. */
  findInvited(email: string): Promise<UserRecord | undefined>;
  findByIdentity(issuer: string, subject: string): Promise<UserRecord | undefined>;
  /** Lets whom the issuer calls `subject` in as this user. Throws HR_CONFLICT where that is another user already. */
  addIdentity(identity: { issuer: string; subject: string; userId: string }, wish: Wish): Promise<void>;
}

/** Letters, digits and what addresses of mail have; no slash, since projects are called `owner/name`. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,149}$/;

export function userRepository({ database, change }: InstallationScope): UserRepository {
  const find = (ref: string) => findUser(database, ref);
  return {
    find,
    require: async (ref) => {
      const user = await find(ref);
      if (user === undefined) throw unknownUser(ref);
      return user;
    },
    list: async ({ offset = 0, limit }) =>
      (await database.all(selectUsers, { offset: Math.max(0, offset), limit: Math.max(0, limit) })).map(toUser),
    count: async () => (await database.get(countUsers, {}))?.count ?? 0,
    create: (user, wish) =>
      change(async ({ queries, audit }) => {
        const created = await createUser(queries, user, wish.at);
        if (user.identity !== undefined) {
          const added = await queries.run(insertIdentity, { ...user.identity, userId: created.id, at: wish.at });
          if (added === 0) throw takenIdentity();
        }
        await audit({
          ...{ at: wish.at, actor: wish.actor, action: "user.create", subject: { kind: "user", id: created.id } },
          detail: { name: created.name, isAdmin: created.isAdmin },
        });
        return created;
      }),
    update: (id, wanted, { actor, at }) =>
      change(async ({ queries, audit }) => {
        const { next, changed } = await changeUser(queries, id, wanted, at);
        if (changed.isDisabled === true) await queries.run(endSessions, { id });
        await audit({ at, actor, action: "user.change", subject: { kind: "user", id }, detail: { ...changed } });
        return next;
      }),
    passwordOf: async (id) => (await database.get(selectPassword, { id }))?.password ?? undefined,
    setPassword: (id, password, { actor, at, keepSessions }) =>
      change(async ({ queries, audit }) => {
        if ((await queries.run(updatePassword, { id, password, at })) === 0) throw unknownUser(id);
        if (keepSessions !== true) await queries.run(endSessions, { id });
        await audit({ at, actor, action: "user.password", subject: { kind: "user", id } });
      }),
    renewHash: (id, password, at) =>
      change(async ({ queries }) => void (await queries.run(updatePassword, { id, password, at }))),
    findInvited: async (email) => {
      const [row, another] = await database.all(selectInvited, { email: email.toLowerCase() });
      return row === undefined || another !== undefined ? undefined : toUser(row);
    },
    findByIdentity: async (issuer, subject) => {
      const row = await database.get(selectByIdentity, { issuer, subject });
      return row && toUser(row);
    },
    addIdentity: (identity, { actor, at }) =>
      change(async ({ queries, audit }) => {
        if ((await queries.run(insertIdentity, { ...identity, at })) === 0) {
          const { issuer, subject } = identity;
          if ((await queries.get(selectByIdentity, { issuer, subject }))?.id !== identity.userId) throw takenIdentity();
          return;
        }
        const subject = { kind: "user", id: identity.userId };
        await audit({ at, actor, action: "user.identity", subject, detail: { issuer: identity.issuer } });
      }),
  };
}

async function findUser(queries: Queries, ref: string): Promise<UserRecord | undefined> {
  const rows = await queries.all(selectUser, { ref, folded: ref.toLowerCase() });
  // A name may look like the id of another user.
  const row = rows.find(({ id }) => id === ref) ?? rows[0];
  return row && toUser(row);
}

async function createUser(queries: Queries, user: NewUser, at: number): Promise<UserRecord> {
  const { name, fullName = "", email = "", isAdmin = false, password } = user;
  if (!NAME.test(name))
    throw new HeadraceError("HR_USAGE", `“${name}” cannot be the name of a user`, {
      hint: "a name begins with a letter or a digit, and has letters, digits and ._@+- after it, up to 150",
    });
  const id = user.id ?? createRecordId(at);
  const added = await queries.run(insertUser, {
    ...{ id, name, folded: name.toLowerCase(), fullName, email, at },
    ...{ isAdmin: isAdmin ? 1 : 0, password: password ?? null },
  });
  if (added === 0)
    throw new RefusedUserChange("name-taken", `there is a user “${name}” already`, "choose another name");
  return { id, name, fullName, email, isAdmin, hasPassword: password !== undefined, createdAt: at };
}

async function changeUser(
  queries: Queries,
  id: string,
  wanted: UserChange,
  at: number,
): Promise<{ readonly next: UserRecord; readonly changed: UserChange }> {
  const admins = await queries.all(countAdmins, {});
  const former = await findUser(queries, id);
  if (former?.id !== id) throw unknownUser(id);
  const isDisabled = wanted.isDisabled ?? former.disabledAt !== undefined;
  const { disabledAt: _, ...kept } = former;
  const next: UserRecord = {
    ...kept,
    fullName: wanted.fullName ?? former.fullName,
    email: wanted.email ?? former.email,
    isAdmin: wanted.isAdmin ?? former.isAdmin,
    ...(isDisabled && { disabledAt: former.disabledAt ?? at }),
  };
  const others = admins.filter((admin) => admin.id !== id);
  if (others.length < admins.length && others.length === 0 && (isDisabled || !next.isAdmin))
    throw new RefusedUserChange(
      "only-administrator",
      `“${former.name}” is the only administrator of the server`,
      "make somebody else an administrator first",
    );
  const { fullName, email } = next;
  const row = { id, fullName, email, isAdmin: next.isAdmin ? 1 : 0, disabledAt: next.disabledAt ?? null };
  await queries.run(updateUser, row);
  return { next, changed: differences(former, next) };
}

function differences(former: UserRecord, next: UserRecord): UserChange {
  const was = former.disabledAt !== undefined;
  const is = next.disabledAt !== undefined;
  return {
    ...(former.fullName !== next.fullName && { fullName: next.fullName }),
    ...(former.email !== next.email && { email: next.email }),
    ...(former.isAdmin !== next.isAdmin && { isAdmin: next.isAdmin }),
    ...(was !== is && { isDisabled: is }),
  };
}

function takenIdentity(): RefusedUserChange {
  return new RefusedUserChange(
    "identity-taken",
    "this account at the provider opens another user here",
    "log in with another account there",
  );
}

export function unknownUser(ref: string): HeadraceError {
  return new HeadraceError("HR_NOT_FOUND", `there is no user “${ref}”`, { hint: "check the name" });
}

export function toUser(row: UserRow): UserRecord {
  return {
    ...{ id: row.id, name: row.name, fullName: row.full_name, email: row.email },
    ...{ isAdmin: row.is_admin === 1, hasPassword: row.has_password === 1, createdAt: row.created_at },
    ...(row.disabled_at !== null && { disabledAt: row.disabled_at }),
  };
}
