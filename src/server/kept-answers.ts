import { createHash, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { ERROR_CODES, HeadraceError, originalError } from "../errors.ts";
import { faultPoint } from "../fault-point.ts";
import { isDead, ownLabel } from "../services/on-demand.ts";
import type { Actor } from "../store/index.ts";
import { createRecordId, type InstallationScope, statement } from "../store/sql.ts";

/** An answer as it was sent; without a body where it was to be shown once. */
export interface KeptAnswer {
  readonly status: number;
  readonly body: string | null;
}

/** A request that carries a key, and its sender. */
export interface KeyedRequest {
  readonly actor: Actor;
  readonly key: string;
  readonly method: string;
  /** The path with its query. */
  readonly url: string;
  /** The parsed body; for an upload, the facts that are known before it is read. */
  readonly body: unknown;
  /** It may be carried out again where nobody knows how far the first time came. */
  readonly isRepeatable: boolean;
  /** The stored part of it must not help to guess the secret. */
  readonly hasSecret: boolean;
}

/** A request that is carried out once, or once more. */
export interface OnceRequest {
  /** The id of what it makes; the same each time. */
  readonly recordId: string;
  /** It was begun before, and may have been carried out. */
  readonly isRepeat: boolean;
}

/** For so long whoever sends a request again gets the answer of the first time. */
const KEPT_MS = 24 * 3_600_000;
/** A server says so often that it still works on a request. */
const BEAT_MS = 10_000;
/** A server of another machine that has not said so for this long has died, also where the clocks differ a little. */
const SILENCE_MS = 60_000;

const KEY = /^[\x21-\x7e]{1,255}$/;

interface AnswerRow {
  readonly request: string;
  /** The label of the process that answers, and the id of what the request makes. */
  readonly server: string;
  readonly begun_at: number;
  readonly status: number | null;
  readonly body: string | null;
}

const deleteOld = statement<{ before: number }>("delete from kept_answers where begun_at < :before");

const insertRequest = statement<{ actor: string; key: string; request: string; server: string; at: number }>(`
  insert into kept_answers (actor, key, request, server, begun_at) values (:actor, :key, :request, :server, :at)
  on conflict do nothing`);

const selectAnswer = statement<{ actor: string; key: string }, AnswerRow>(`
  select request, server, begun_at, status, body from kept_answers where actor = :actor and key = :key`);

/** One of two servers that find the same server dead takes the request over. */
const updateServer = statement<{
  actor: string;
  key: string;
  former: string;
  begunAt: number;
  server: string;
  at: number;
}>(`
  update kept_answers set server = :server, begun_at = :at
  where actor = :actor and key = :key and server = :former and begun_at = :begunAt and status is null`);

const updateBeat = statement<{ actor: string; key: string; server: string; at: number }>(`
  update kept_answers set begun_at = :at where actor = :actor and key = :key and server = :server and status is null`);

const updateAnswer = statement<{
  actor: string;
  key: string;
  server: string;
  status: number;
  body: string | null;
}>(`
  update kept_answers set status = :status, body = :body where actor = :actor and key = :key and server = :server`);

const deleteRequest = statement<{ actor: string; key: string; server: string }>(
  "delete from kept_answers where actor = :actor and key = :key and server = :server and status is null",
);

/** A request that this process carries out. */
interface Mine {
  readonly actor: Actor;
  readonly key: string;
  readonly server: string;
}

/**
 * The answers to requests with an idempotency key: the same request is carried out once however often it is sent, also
 * where the server was started anew in between.
 */
export class KeptAnswers {
  readonly #scope: InstallationScope;
  readonly #now: () => number;
  readonly #underWay = new Set<string>();

  constructor(scope: InstallationScope, now: () => number) {
    this.#scope = scope;
    this.#now = now;
  }

  /**
   * The answer to the request: kept from the first time, or of `work`. Nothing is kept of a request that is refused.
   * Throws HR_CONFLICT for a key that another request has, `RequestUnderWay` for one whose request is under way.
   */
  async answer(
    request: KeyedRequest,
    work: (once: OnceRequest) => Promise<KeptAnswer>,
  ): Promise<KeptAnswer & { isKept: boolean }> {
    const { actor, key } = request;
    if (!KEY.test(key))
      throw new HeadraceError("HR_USAGE", "an idempotency key has 1 to 255 visible characters of ASCII", {
        hint: "use a UUID that is made anew for each thing to create",
      });
    const name = nameOf(actor, key);
    // Before anything is waited for: if two come at once in this process, the second one finds the first.
    if (this.#underWay.has(name)) return await this.#whileUnderWay(request);
    this.#underWay.add(name);
    try {
      const begun = await this.#begin(request);
      if ("status" in begun) return { ...begun, isKept: true };
      faultPoint("request-noted");
      const mine = { actor, key, server: begun.server };
      const beat = setInterval(() => void this.#beat(mine).catch(() => undefined), BEAT_MS);
      beat.unref();
      try {
        return { ...(await this.#carriedOut(mine, () => work(begun))), isKept: false };
      } finally {
        clearInterval(beat);
      }
    } finally {
      this.#underWay.delete(name);
    }
  }

  async #whileUnderWay(request: KeyedRequest): Promise<never> {
    const earlier = await this.#scope.database.get(selectAnswer, request);
    if (earlier !== undefined) requireSame(earlier, await fingerprintOf(request));
    throw new RequestUnderWay();
  }

  async #carriedOut(mine: Mine, work: () => Promise<KeptAnswer>): Promise<KeptAnswer> {
    let answer: KeptAnswer;
    try {
      answer = await work();
    } catch (error) {
      // After another failure nobody knows how far it came: the request stays, for whoever sends it again.
      if (isRefusal(error))
        await this.#scope.change(async ({ queries }) => void (await queries.run(deleteRequest, mine)));
      throw error;
    }
    faultPoint("request-carried-out");
    await this.#scope.change(async ({ queries }) => void (await queries.run(updateAnswer, { ...mine, ...answer })));
    faultPoint("answer-kept");
    return answer;
  }

  async #beat(mine: Mine): Promise<void> {
    await this.#scope.change(async ({ queries }) => void (await queries.run(updateBeat, { ...mine, at: this.#now() })));
  }

  /** Notes that the request begins, or begins again; the answer, where it was given before. */
  async #begin(request: KeyedRequest): Promise<KeptAnswer | (OnceRequest & { readonly server: string })> {
    const { actor, key } = request;
    const wanted = await fingerprintOf(request);
    const at = this.#now();
    const label = await ownLabel();
    const recordId = createRecordId(at);
    const server = `${label} ${recordId}`;
    const earlier = await this.#scope.change(async ({ queries }) => {
      await queries.run(deleteOld, { before: at - KEPT_MS });
      const added = await queries.run(insertRequest, { actor, key, request: wanted, server, at });
      return added === 1 ? undefined : await queries.get(selectAnswer, { actor, key });
    });
    if (earlier === undefined) return { recordId, isRepeat: false, server };
    requireSame(earlier, wanted);
    if (earlier.status !== null) return { status: earlier.status, body: earlier.body };
    const [holder = "", madeId] = earlier.server.split(" ");
    // No request of this name is under way in this process. A beat from the future is of a clock that was ahead.
    const isOver = holder === label || (await isDead(holder)) || Math.abs(at - earlier.begun_at) >= SILENCE_MS;
    if (!isOver) throw new RequestUnderWay();
    if (!request.isRepeatable || madeId === undefined)
      throw new HeadraceError("HR_CONFLICT", "the server ended while it answered this request", {
        hint: "look whether what it was to make is there; if not, send it with a new key",
      });
    const next = `${label} ${madeId}`;
    const taken = await this.#scope.change(({ queries }) =>
      queries.run(updateServer, { actor, key, former: earlier.server, begunAt: earlier.begun_at, server: next, at }),
    );
    if (taken !== 1) throw new RequestUnderWay();
    return { recordId: madeId, isRepeat: true, server: next };
  }
}

function requireSame({ request }: AnswerRow, wanted: string): void {
  if (request === wanted) return;
  throw new HeadraceError("HR_CONFLICT", "this idempotency key belongs to another request", {
    hint: "use a new key for another request; the same key only to send the same one again",
  });
}

/**
 * The same request is being answered, here or by another server. Its sender sees HR_CONFLICT as any other; code that
 * has work done once goes by this class, and by no conflict of the work itself.
 */
export class RequestUnderWay extends HeadraceError {
  constructor() {
    super("HR_CONFLICT", "the same request is being answered", { hint: "send it again later" });
    this.name = "RequestUnderWay";
  }
}

/** The request was found wanting, and nothing came of it. */
function isRefusal(thrown: unknown): boolean {
  const error = originalError(thrown);
  return error instanceof HeadraceError && ERROR_CODES[error.code].status < 500;
}

function nameOf(actor: Actor, key: string): string {
  return `${actor} ${key}`;
}

const slowHash = promisify<string, string, number, Buffer>(scrypt);

async function fingerprintOf({ actor, key, method, url, body, hasSecret }: KeyedRequest): Promise<string> {
  const text = JSON.stringify([method, url, inOrder(body)]);
  if (hasSecret) return (await slowHash(text, `${actor} ${key}`, 32)).toString("hex");
  return createHash("sha256").update(text).digest("hex");
}

/** Two bodies are the same whatever the order of their fields. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value ?? null;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, inOrder(field)]));
}
