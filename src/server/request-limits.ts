import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HeadraceError } from "../errors.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Its answer goes on until the caller leaves. */
    readonly isStream?: boolean;
  }
}

/** So generous that no honest program meets them; they keep one caller from taking the server from all others. */
export interface RequestLimits {
  /** Requests of one caller that may come at once, and those that may follow each second. */
  readonly burst: number;
  readonly perSecond: number;
  /** Requests of one address with a credential that stands for nobody, within a minute. */
  readonly refused: number;
  /** Streams that one caller may have open, and all callers together. */
  readonly streams: number;
  readonly allStreams: number;
}

export const REQUEST_LIMITS: RequestLimits = {
  ...{ burst: 2_000, perSecond: 200, refused: 120, streams: 300, allStreams: 5_000 },
};

const MINUTE_MS = 60_000;
/** The callers that are remembered; whoever comes with ever new names pushes out the oldest. */
const CALLERS = 20_000;

interface Bucket {
  left: number;
  at: number;
}

/** Counts the requests and streams of each caller, in this process. */
export class RequestCounter {
  readonly #limits: RequestLimits;
  readonly #now: () => number;
  readonly #requests = new Map<string, Bucket>();
  readonly #refusals = new Map<string, Bucket>();
  readonly #streams = new Map<string, number>();
  #allStreams = 0;

  constructor(now: () => number, limits: Partial<RequestLimits> = {}) {
    this.#limits = { ...REQUEST_LIMITS, ...limits };
    this.#now = now;
  }

  /** Seconds after which the caller may ask again; 0: now. */
  waitFor(request: FastifyRequest): number {
    const { burst, perSecond, refused } = this.#limits;
    const refusals = this.#bucket(this.#refusals, request.ip, { most: refused, perMs: refused / MINUTE_MS });
    if (refusals.left < 1) return Math.ceil(MINUTE_MS / refused / 1_000);
    const requests = this.#bucket(this.#requests, callerKey(request), { most: burst, perMs: perSecond / 1_000 });
    if (requests.left < 1) return 1;
    requests.left -= 1;
    return 0;
  }

  /** A credential stood for nobody: somebody may be guessing. */
  noteRefusal({ ip }: FastifyRequest): void {
    const { refused } = this.#limits;
    this.#bucket(this.#refusals, ip, { most: refused, perMs: refused / MINUTE_MS }).left -= 1;
  }

  /** Takes a place for a stream, until the connection ends. Throws HR_TOO_MANY_REQUESTS where there is none. */
  openStream(request: FastifyRequest, reply: FastifyReply): void {
    const key = callerKey(request);
    const open = this.#streams.get(key) ?? 0;
    if (open >= this.#limits.streams || this.#allStreams >= this.#limits.allStreams)
      throw new HeadraceError("HR_TOO_MANY_REQUESTS", `too many streams are open (${open} of this caller)`, {
        hint: "close some of them; one stream of a project's events serves many views",
      });
    if (reply.raw.destroyed) return;
    this.#streams.set(key, open + 1);
    this.#allStreams++;
    reply.raw.once("close", () => this.#closeStream(key));
  }

  #closeStream(key: string): void {
    this.#allStreams--;
    const left = (this.#streams.get(key) ?? 1) - 1;
    if (left > 0) this.#streams.set(key, left);
    else this.#streams.delete(key);
  }

  #bucket(
    buckets: Map<string, Bucket>,
    key: string,
    { most, perMs }: { readonly most: number; readonly perMs: number },
  ): Bucket {
    const now = this.#now();
    const bucket = buckets.get(key) ?? { left: most, at: now };
    bucket.left = Math.min(most, bucket.left + Math.max(0, now - bucket.at) * perMs);
    bucket.at = now;
    buckets.delete(key);
    buckets.set(key, bucket);
    const [oldest] = buckets.size > CALLERS ? buckets.keys() : [];
    if (oldest !== undefined) buckets.delete(oldest);
    return bucket;
  }
}

/** By the credential, so that people behind one address do not share; without one, by the address. */
function callerKey({ headers: { authorization, cookie }, ip }: FastifyRequest): string {
  const credential = authorization ?? cookie;
  if (credential === undefined) return `address ${ip}`;
  return createHash("sha256").update(credential).digest("base64");
}

/** Refuses callers that ask too often, before anything is looked up for them. */
export function addRequestLimits(app: FastifyInstance, counter: RequestCounter): void {
  app.addHook("onRequest", async (request, reply) => {
    const wait = counter.waitFor(request);
    if (wait === 0) return;
    void reply.header("retry-after", wait);
    throw new HeadraceError("HR_TOO_MANY_REQUESTS", "too many requests have come from here", {
      hint: `ask again in ${wait === 1 ? "a second" : `${wait} seconds`}`,
    });
  });
  // After the rights: a caller who may not read it takes no place.
  app.addHook("preHandler", async (request, reply) => {
    if (request.routeOptions.config.isStream === true) counter.openStream(request, reply);
  });
  app.addHook("onResponse", async (request, { statusCode }) => {
    const hasCredential = request.headers.authorization !== undefined || request.headers.cookie !== undefined;
    if (statusCode === 401 && hasCredential) counter.noteRefusal(request);
  });
}
