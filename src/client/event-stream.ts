import type { IncomingMessage } from "node:http";
import type { AskOf, ItemOf, RouteContract } from "../api/index.ts";
import { backoffMs, pause } from "../concurrency/index.ts";
import { type ErrorCode, HeadraceError } from "../errors.ts";
import { notOurs, refusal } from "./answers.ts";
import { EventText, type StreamMessage } from "./event-text.ts";
import type { Routes } from "./routes.ts";
import { unreachable } from "./unreachable.ts";

/** A silent stream has a sign of life every 15 s. */
const SILENCE_MS = 50_000;
const LONGEST_WAIT_MS = 10_000;

/** A server that starts, that stops, whose database is away for a while, or that has much to do. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  ...(["HR_SERVER_UNREACHABLE", "HR_STORE_UNAVAILABLE", "HR_BLOBS_UNAVAILABLE", "HR_TOO_MANY_REQUESTS"] as const),
]);

export interface StreamPatience {
  /** A stream that could not be taken up again for so long ends with the error. */
  readonly patienceMs: number;
  /** Told when the connection is lost, and when it is there again. */
  readonly onConnection?: (state: "lost" | "back", error?: HeadraceError) => void;
}

/**
 * The items of a stream, each once and in order, over as many connections as it takes: after a lost one it is taken up
 * again behind the last item. It ends as the server says, or with the server's refusal.
 */
export async function* streamOf<C extends RouteContract>(
  routes: Routes,
  { contract, asked, patience }: { readonly contract: C; readonly asked: AskOf<C>; readonly patience: StreamPatience },
  leaving: AbortSignal,
): AsyncGenerator<ItemOf<C>> {
  const state: StreamState = { lastId: undefined, retryMs: 1_000 };
  let lostAt: number | undefined;
  for (let failures = 0; !leaving.aborted; ) {
    let lost: HeadraceError | undefined;
    try {
      for await (const message of messages(routes, contract, asked, state, leaving)) {
        if (lostAt !== undefined) patience.onConnection?.("back");
        [lostAt, failures] = [undefined, 0];
        if (message === "begun") continue;
        if (message.event === "end") return;
        if (message.event === "problem") throw refusal(routes.url, 200, parsed(routes.url, message.data));
        if (message.event !== "message") continue;
        yield routes.checked(contract, parsed(routes.url, message.data));
        // Only what was taken is behind the reader.
        state.lastId = message.id ?? state.lastId;
      }
    } catch (error) {
      if (leaving.aborted) return;
      if (!(error instanceof HeadraceError) || !PASSING.has(error.code)) throw error;
      lost = error;
    }
    if (leaving.aborted) return;
    if (lostAt === undefined) patience.onConnection?.("lost", lost);
    lostAt ??= performance.now();
    if (lost !== undefined && performance.now() - lostAt >= patience.patienceMs) throw lost;
    failures += 1;
    await pause(backoffMs({ firstMs: state.retryMs, longestMs: LONGEST_WAIT_MS }, failures), leaving);
  }
}

interface StreamState {
  lastId: string | undefined;
  retryMs: number;
}

/**
 * Reads the messages of one connection. Ends where the server closes it; throws HR_SERVER_UNREACHABLE where it breaks.
 */
async function* messages<C extends RouteContract>(
  routes: Routes,
  contract: C,
  asked: AskOf<C>,
  state: StreamState,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage | "begun"> {
  const headers = {
    accept: "text/event-stream",
    ...(state.lastId !== undefined && { "last-event-id": state.lastId }),
  };
  const answer = await routes.open(contract, asked, { signal, headers, silenceMs: SILENCE_MS });
  try {
    if (!/^text\/event-stream\b/i.test(answer.headers["content-type"] ?? ""))
      throw notOurs(routes.url, `a stream comes as ${answer.headers["content-type"] ?? "no type"}`);
    yield "begun";
    const text = new EventText();
    for await (const bytes of piecesOf(routes.url, answer)) {
      yield* text.push(bytes);
      state.retryMs = text.retryMs ?? state.retryMs;
    }
  } finally {
    answer.destroy();
  }
}

async function* piecesOf(url: string, answer: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const piece of answer) yield piece as Buffer;
  } catch (error) {
    throw unreachable(url, error);
  }
}

function parsed(url: string, data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw notOurs(url, "an event of a stream is no JSON");
  }
}
