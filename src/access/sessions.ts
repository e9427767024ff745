import { HeadraceError } from "../errors.ts";
import type { Wish } from "../store/index.ts";
import { createRecordId, type InstallationScope, statement } from "../store/sql.ts";
import { createCredential, hashCredential } from "./credential.ts";
import type { CredentialHolder } from "./tokens.ts";

/** A browser that is logged in. */
export interface SessionRecord {
  readonly id: string;
  /** The name that the browser gives itself. */
  readonly agent: string;
  /** The address of the browser, as the server saw it when it logged in. */
  readonly address: string;
  readonly createdAt: number;
  /** Roughly: at most a minute old. */
  readonly seenAt: number;
  readonly expiresAt: number;
}

export interface NewSession {
  readonly userId: string;
  readonly agent: string;
  readonly address: string;
}

interface SessionRow {
  readonly id: string;
  readonly agent: string;
  readonly address: string;
  readonly created_at: number;
  readonly seen_at: number;
  readonly expires_at: number;
}

/** However much it is used, a session ends after this. */
export const SESSION_MS = 30 * 24 * 3_600_000;
/** One that is not used ends earlier. */
export const IDLE_MS = 7 * 24 * 3_600_000;
/** One that would end later than any can was begun while the clock was ahead, for a time that nobody meant. */
const latestEnd = (now: number): number => now + SESSION_MS + 24 * 3_600_000;
/** A session that is used is marked as used so often. */
const TOUCH_MS = 60_000;
/** A browser may call itself anything. */
const AGENT_LENGTH = 300;

const insertSession = statement<{
  id: string;
  hash: string;
  userId: string;
  agent: string;
  address: string;
  at: number;
  expiresAt: number;
}>(`
  insert into sessions (id, hash, user_id, agent, address, created_at, seen_at, expires_at)
  values (:id, :hash, :userId, :agent, :address, :at, :at, :expiresAt)`);

const deleteExpired = statement<{ now: number; idle: number }>(
  "delete from sessions where expires_at <= :now or seen_at <= :idle",
);

const selectSessions = statement<{ userId: string; now: number; idle: number; latest: number }, SessionRow>(`
  select id, agent, address, created_at, seen_at, expires_at from sessions
  where user_id = :userId and expires_at > :now and expires_at <= :latest and seen_at > :idle order by seen_at desc, id`);

const selectHolder = statement<
  { hash: string; now: number; idle: number; latest: number },
  {
    readonly id: string;
    readonly user_id: string;
    readonly user_name: string;
    readonly is_admin: number;
    readonly seen_at: number;
  }
>(`
  select sessions.id, user_id, users.name as user_name, is_admin, seen_at
  from sessions join users on users.id = user_id
  where hash = :hash and disabled_at is null and expires_at > :now and expires_at <= :latest and seen_at > :idle`);

const touchSession = statement<{ id: string; now: number }>("update sessions set seen_at = :now where id = :id");

const deleteSession = statement<{ id: string; userId: string }>(
  "delete from sessions where id = :id and user_id = :userId",
);

const deleteByHash = statement<{ hash: string; userId: string }>(
  "delete from sessions where hash = :hash and user_id = :userId",
);

const deleteOthers = statement<{ userId: string; kept: string }>(
  "delete from sessions where user_id = :userId and hash <> :kept",
);

export interface SessionRepository {
  /** Logs a browser in; returns the text of its cookie. */
  begin(session: NewSession, wish: Wish): Promise<{ readonly session: SessionRecord; readonly credential: string }>;
  /** Undefined for one that is unknown or has ended, and for that of a disabled user. */
  holderOf(credential: string, now: number): Promise<CredentialHolder | undefined>;
  /** Those of a user that have not ended, the last used first. */
  list(userId: string, now: number): Promise<readonly SessionRecord[]>;
  /** Throws HR_NOT_FOUND where the user has no such session. */
  end(userId: string, id: string, wish: Wish): Promise<void>;
  /** Ends the session of a cookie, if it is one of the user. */
  endByCredential(userId: string, credential: string, wish: Wish): Promise<void>;
  /** Ends all sessions of a user but the one of this cookie, if there is one. Returns how many ended. */
  endOthers(userId: string, credential: string | undefined, wish: Wish): Promise<number>;
}

export function sessionRepository({ database, change }: InstallationScope): SessionRepository {
  return {
    begin: ({ userId, agent, address }, { actor, at }) =>
      change(async ({ queries, audit }) => {
        // Log-ins are rare, so that they clear up behind the others.
        await queries.run(deleteExpired, { now: at, idle: at - IDLE_MS });
        const credential = createCredential("session");
        const session: SessionRecord = {
          ...{ id: createRecordId(at), agent: agent.slice(0, AGENT_LENGTH), address },
          ...{ createdAt: at, seenAt: at, expiresAt: at + SESSION_MS },
        };
        const { id, expiresAt } = session;
        const row = { id, hash: hashCredential(credential), userId, agent: session.agent, address, at, expiresAt };
        await queries.run(insertSession, row);
        await audit({ at, actor, action: "session.begin", subject: { kind: "user", id: userId }, detail: { address } });
        return { session, credential };
      }),
    holderOf: async (credential, now) => {
      const row = await database.get(selectHolder, {
        ...{ hash: hashCredential(credential), now, idle: now - IDLE_MS, latest: latestEnd(now) },
      });
      if (row === undefined) return undefined;
      if (now - row.seen_at >= TOUCH_MS)
        await change(async ({ queries }) => void (await queries.run(touchSession, { id: row.id, now })));
      return { id: row.id, userId: row.user_id, userName: row.user_name, isAdmin: row.is_admin === 1 };
    },
    list: async (userId, now) =>
      (await database.all(selectSessions, { userId, now, idle: now - IDLE_MS, latest: latestEnd(now) })).map((row) => ({
        ...{ id: row.id, agent: row.agent, address: row.address },
        ...{ createdAt: row.created_at, seenAt: row.seen_at, expiresAt: row.expires_at },
      })),
    end: (userId, id, { actor, at }) =>
      change(async ({ queries, audit }) => {
        if ((await queries.run(deleteSession, { id, userId })) === 0)
          throw new HeadraceError("HR_NOT_FOUND", `there is no session ${id}`, { hint: "look it up in the list" });
        await audit({ at, actor, action: "session.end", subject: { kind: "user", id: userId } });
      }),
    endByCredential: (userId, credential, { actor, at }) =>
      change(async ({ queries, audit }) => {
        if ((await queries.run(deleteByHash, { hash: hashCredential(credential), userId })) > 0)
          await audit({ at, actor, action: "session.end", subject: { kind: "user", id: userId } });
      }),
    endOthers: (userId, credential, { actor, at }) =>
      change(async ({ queries, audit }) => {
        const kept = credential === undefined ? "" : hashCredential(credential);
        const ended = await queries.run(deleteOthers, { userId, kept });
        await audit({ at, actor, action: "session.end-all", subject: { kind: "user", id: userId }, detail: { ended } });
        return ended;
      }),
  };
}
