import type { IncomingMessage } from "node:http";
import * as z from "zod";
import type { Advice } from "../advice.ts";
import { adviceSchema } from "../api/index.ts";
import { ERROR_CODES, type ErrorCode, HeadraceError } from "../errors.ts";
import { unreachable } from "./unreachable.ts";

/** More than any page of a list has. */
const MOST_BYTES = 256 * 1024 * 1024;

const problemSchema = z.object({
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  hint: z.string().nullable(),
  advice: z.unknown(),
  details: z.array(z.string()).catch([]),
  requestId: z.string().optional(),
});

/** Statuses with which a proxy answers if it cannot reach the server. */
const OF_PROXIES: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * Throws what a server answers in place of what was asked for: its own problem with code, message and advice; else that
 * something else answers there.
 */
export async function requireSuccess(url: string, answer: IncomingMessage): Promise<void> {
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return;
  if (status >= 300 && status < 400) {
    answer.resume();
    throw redirected(url, answer.headers.location);
  }
  throw refusal(url, status, await readJson(url, answer).catch(() => undefined));
}

/** The problem that a server tells, also as an event of a stream. */
export function refusal(url: string, status: number, body: unknown): HeadraceError {
  const { data: problem } = problemSchema.safeParse(body);
  if (problem === undefined && OF_PROXIES.has(status))
    return unreachable(url, new Error(`what stands before it answers with status ${status}`));
  if (problem === undefined) return notOurs(url, `it answers with status ${status}`);
  if (!isErrorCode(problem.code))
    return new HeadraceError("HR_SERVER_ANSWER", `the server ${url} answers: ${problem.detail} (${problem.code})`, {
      ...(problem.hint !== null && { hint: problem.hint }),
      details: [...problem.details],
    });
  const { data: advice = [] } = adviceSchema.safeParse(problem.advice);
  return new HeadraceError(problem.code, problem.detail, {
    hint: hintFor(problem, url, advice),
    details: [...problem.details],
  });
}

function hintFor(problem: z.infer<typeof problemSchema>, url: string, advice: Advice): Advice {
  if (problem.code === "HR_NOT_LOGGED_IN") return ["log in with ", { do: "log-in", server: url }];
  if (problem.code === "HR_INTERNAL" && problem.requestId !== undefined)
    return `tell whoever runs the server the id of the request, ${problem.requestId}; its log says more`;
  return advice.length > 0 ? advice : (problem.hint ?? "");
}

/** A whole answer of JSON. Throws HR_SERVER_ANSWER for anything else, HR_SERVER_UNREACHABLE where it breaks off. */
export async function readJson(url: string, answer: IncomingMessage): Promise<unknown> {
  const type = answer.headers["content-type"] ?? "";
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of answer) {
      pieces.push(piece as Buffer);
      size += (piece as Buffer).length;
      if (size > MOST_BYTES) throw notOurs(url, "its answer has no end");
    }
  } catch (error) {
    throw unreachable(url, error);
  }
  if (!/^application\/(?:problem\+)?json\b/i.test(type)) throw notOurs(url, `it answers with ${type || "no type"}`);
  try {
    return JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch {
    throw notOurs(url, "its answer is no JSON");
  }
}

/** Something answers at the address, and it is no server of ours. */
export function notOurs(url: string, why: string): HeadraceError {
  return new HeadraceError("HR_SERVER_ANSWER", `no Headrace server answers at ${url}: ${why}`, {
    hint: "check the address; behind a proxy, it must pass everything below it on",
  });
}

function redirected(url: string, location: string | undefined): HeadraceError {
  const target = location !== undefined && URL.canParse(location, url) ? new URL(location, url).origin : undefined;
  return new HeadraceError(
    "HR_SERVER_ANSWER",
    `the server ${url} sends on to another address${target === undefined ? "" : `, ${target}`}`,
    {
      hint:
        target === undefined
          ? "ask whoever runs it for its address"
          : [
              "your token is sent nowhere but where you logged in; if that is the server, ",
              { do: "log-in", server: target },
            ],
    },
  );
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
