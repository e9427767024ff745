import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { StreamedBytes, StreamedItem } from "../api/index.ts";
import { onAbort } from "../concurrency/index.ts";
import { HeadraceError } from "../errors.ts";
import { faultPoint } from "../fault-point.ts";
import { rangeOf } from "./byte-range.ts";
import { toldProblem } from "./problem.ts";

/** Proxies and browsers give a silent connection up after a minute or so. */
const HEARTBEAT_MS = 15_000;
/**
 * After so much, other connections have their turn: what lies at hand is read and written without a return to the event
 * loop as long as the connection takes it.
 */
const TURN_BYTES = 65_536;
/** Time that a browser waits before it connects anew. */
const RETRY_MS = 1_000;

interface StreamRules {
  /** Aborted when the server begins to stop. */
  readonly stop: AbortSignal;
  /** Throws once the reader may not read on: their token or session has ended, or their role. */
  readonly requireReader: () => Promise<unknown>;
  /** The time between two such looks. */
  readonly lookMs: number;
}

/**
 * Server-sent events, no faster than they are read. They end with the source, when the reader leaves or may not read
 * on, and when the server stops; a reader that was cut off names the last event that it has (`Last-Event-ID`) and goes
 * on after it. A failure on the way is an event as well: to its reader a broken connection would say nothing.
 */
export function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  items: AsyncIterable<StreamedItem<unknown>>,
  rules: StreamRules,
): FastifyReply {
  return (
    reply
      .type("text/event-stream; charset=utf-8")
      .header("x-accel-buffering", "no")
      // The connection serves nothing else, and a server that stops must not wait for it.
      .header("connection", "close")
      .send(Readable.from(eventTexts(request, items, rules), { objectMode: false, highWaterMark: 64 * 1024 }))
  );
}

async function* eventTexts(
  request: FastifyRequest,
  items: AsyncIterable<StreamedItem<unknown>>,
  { stop, requireReader, lookMs }: StreamRules,
): AsyncGenerator<string | Buffer> {
  yield `retry: ${RETRY_MS}\n\n`;
  faultPoint("stream-begun");
  const source = items[Symbol.asyncIterator]();
  let looked = performance.now();
  let sinceTurn = 0;
  try {
    for (let next = source.next(); ; ) {
      const item = await orHeartbeat(next, stop, Math.min(HEARTBEAT_MS, lookMs));
      if (item === "stop") return;
      if (performance.now() - looked >= lookMs) {
        await requireReader();
        looked = performance.now();
      }
      if (item === "silence") {
        // One more would hide from the connection's limit that its reader takes nothing.
        if (request.raw.socket.writableLength === 0) yield ": \n\n";
        continue;
      }
      if (item.done === true) break;
      const text = textOf(item.value);
      yield text;
      sinceTurn += text.length;
      if (sinceTurn >= TURN_BYTES) {
        await turn();
        sinceTurn = 0;
      }
      next = source.next();
    }
    // Tells the end from a lost connection: after it, there is nothing to come back for.
    yield "event: end\ndata: {}\n\n";
  } catch (error) {
    yield `event: problem\ndata: ${JSON.stringify(toldProblem(error, request))}\n\n`;
  } finally {
    await source.return?.();
  }
}

/** By its data: many readers of a stream may get the same object. */
const TEXTS = new WeakMap<object, { readonly id: string | undefined; readonly text: Buffer }>();

function textOf({ id, data }: StreamedItem<unknown>): string | Buffer {
  const known = isObject(data) ? TEXTS.get(data) : undefined;
  if (known !== undefined && known.id === id) return known.text;
  const text = Buffer.from(`${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
  if (isObject(data)) TEXTS.set(data, { id, text });
  return text;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

async function orHeartbeat<T>(next: Promise<T>, stop: AbortSignal, ms: number): Promise<T | "silence" | "stop"> {
  if (stop.aborted) return "stop";
  const { promise, resolve } = Promise.withResolvers<"silence" | "stop">();
  const timer = setTimeout(() => resolve("silence"), ms);
  using _stopping = onAbort(stop, () => resolve("stop"));
  try {
    return await Promise.race([next, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Changes each item; those that become undefined are left out. A reader that leaves this stream leaves the source at
 * once: an async generator around it would first wait for the next item.
 */
export function mapped<T, U>(source: AsyncIterable<T>, change: (item: T) => U | undefined): AsyncIterable<U> {
  return {
    [Symbol.asyncIterator]() {
      const items = source[Symbol.asyncIterator]();
      return {
        async next() {
          for (let item = await items.next(); item.done !== true; item = await items.next()) {
            const value = change(item.value);
            if (value !== undefined) return { done: false, value };
          }
          return { done: true, value: undefined };
        },
        async return() {
          await items.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** The last event that a reader has who lost the connection. */
export function lastEventId(request: FastifyRequest): string | undefined {
  const id = request.headers["last-event-id"];
  return typeof id === "string" && id !== "" ? id : undefined;
}

/**
 * Limits what a page of a step may do. `sandbox` gives it an origin that nobody else has, also if it is opened by
 * itself: no cookie, no call of the API, no other page. It has to bring along everything that it shows, and can send
 * nothing anywhere.
 */
const SHUT_OFF = [
  "sandbox allow-scripts",
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' data: blob:",
  "style-src 'unsafe-inline' data:",
  ...["img-src data: blob:", "font-src data:", "media-src data: blob:", "worker-src blob:"],
  ...["form-action 'none'", "base-uri 'none'", "frame-ancestors 'self'"],
].join("; ");

/**
 * Bytes of a step, which a browser must save and not show, since they may be a page with scripts; or such a page, shut
 * off from everything else; or what it plays, which as sound or film can run nothing.
 */
export function sendBytes(request: FastifyRequest, reply: FastifyReply, bytes: StreamedBytes): FastifyReply {
  const { name, sizeBytes, sha256, isPage, mediaType } = bytes;
  if (isPage === true) {
    void reply.type("text/html; charset=utf-8").header("content-security-policy", SHUT_OFF);
    void reply.header("x-frame-options", "SAMEORIGIN").header("referrer-policy", "no-referrer");
  } else if (mediaType !== undefined) void reply.type(mediaType);
  else void reply.type("application/octet-stream").header("content-disposition", `attachment; ${fileName(name)}`);
  if (sizeBytes === undefined) return reply.send(readable(bytes.content()));
  void reply.header("accept-ranges", "bytes");
  const tag = sha256 === undefined ? undefined : `"${sha256}"`;
  if (tag !== undefined) void reply.header("etag", tag);
  const range = rangeOf(request.headers, { sizeBytes, tag });
  if (range === undefined) return reply.header("content-length", sizeBytes).send(readable(bytes.content()));
  if (range === "outside") {
    void reply.header("content-range", `bytes */${sizeBytes}`);
    throw new HeadraceError("HR_RANGE", `the file has ${sizeBytes} bytes, and none of those that are asked for`, {
      hint: "ask for a range that begins within the file, or for all of it",
    });
  }
  const { start, end } = range;
  void reply.code(206).header("content-length", end - start);
  return reply.header("content-range", `bytes ${start}-${end - 1}/${sizeBytes}`).send(readable(bytes.content(range)));
}

function readable(content: AsyncIterable<Uint8Array>): Readable {
  return Readable.from(content, { objectMode: false });
}

/** RFC 6266: the plain form for old clients, the encoded one for all others. */
function fileName(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1).toWellFormed();
  const plain = name.replace(/[^\w.-]/g, "_");
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `filename="${plain}"; filename*=UTF-8''${encoded}`;
}
