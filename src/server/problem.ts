import type { FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from "fastify-type-provider-zod";
import { type Action, partsOf } from "../advice.ts";
import { ERROR_CODES, type ErrorCode, HeadraceError, originalError } from "../errors.ts";
import { systemFailure } from "../system-failure.ts";
import { PAGE_POLICY } from "./pages/page-parts.ts";
import { problemPage } from "./pages/problem-page.ts";

/** An error as the API tells it (RFC 9457), with the fields of a command's error beside. */
export interface Problem {
  /** The title of the code in the manual. */
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly hint: string | null;
  /** The hint in parts: texts, and what can be done. */
  readonly advice: readonly (string | Action)[];
  /** Further lines, such as one for each field that does not fit. */
  readonly details: readonly string[];
  /** The identifier of the request, as the log has it. */
  readonly requestId: string;
}

const QUARTER_HOUR_S = 900;

export const PROBLEM_TYPE = "application/problem+json";

/**
 * Answers whatever was thrown. A failure that is not expected goes to the log, and the caller learns its request's id.
 */
export function replyWithProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toldProblem(error, request);
  if (problem.status === 401) void reply.header("www-authenticate", 'Token realm="headrace"');
  // A limit without this header counts longer than a moment: too many wrong passwords.
  if (problem.status === 429 && !reply.hasHeader("retry-after")) void reply.header("retry-after", QUARTER_HOUR_S);
  // A message that cannot be parsed as a request reaches no hook that sets these.
  void reply.headers({ "x-request-id": request.id, "cache-control": "no-store", "x-content-type-options": "nosniff" });
  if (isForReading(request)) {
    void reply.header("content-security-policy", PAGE_POLICY).type("text/html; charset=utf-8");
    void reply.code(problem.status).serializer(String).send(problemPage(problem));
    return;
  }
  // A problem is JSON, but no schema of a reply.
  void reply.code(problem.status).type(PROBLEM_TYPE).serializer(String).send(JSON.stringify(problem));
}

/** True for the navigation of a browser: a link that somebody opened. Programs and scripts are told in JSON. */
function isForReading({ method, url, headers }: FastifyRequest): boolean {
  return method === "GET" && !url.startsWith("/api/") && /\btext\/html\b/.test(headers.accept ?? "");
}

/** A failure as its reader is told it; the log has what they are not told. */
export function toldProblem(error: unknown, request: FastifyRequest): Problem {
  const problem = problemOf(failureOf(error), request.id);
  if (problem.status >= 500) request.log.error({ err: originalError(error) }, "the request failed");
  return problem;
}

export function problemOf(failure: HeadraceError, requestId: string): Problem {
  const { title, status } = ERROR_CODES[failure.code];
  const { message: detail, code, hint = null, details } = failure;
  const { hint: advice } = failure.advice;
  return { title, status, detail, code, hint, advice: advice === undefined ? [] : partsOf(advice), details, requestId };
}

function failureOf(thrown: unknown): HeadraceError {
  const original = originalError(thrown);
  const error = systemFailure(original) ?? original;
  if (error instanceof HeadraceError) return error.code === "HR_INTERNAL" ? defect() : error;
  if (hasZodFastifySchemaValidationErrors(error))
    return new HeadraceError("HR_USAGE", "the request does not fit", {
      hint: "compare it with the description of the API",
      details: error.validation.map(({ instancePath, message }) => `${nameOf(instancePath)}: ${message ?? "wrong"}`),
    });
  if (isResponseSerializationError(error)) return defect();
  return ofFramework(error) ?? defect();
}

/** `/parameters/depth` → `parameters.depth` */
function nameOf(path: string): string {
  return path.split("/").filter(Boolean).join(".") || "request";
}

const OF_STATUS: Readonly<Record<number, [ErrorCode, string]>> = {
  404: ["HR_NOT_FOUND", "look the address up in the description of the API"],
  413: ["HR_TOO_LARGE", "send less at once"],
  415: ["HR_USAGE", "send JSON, with the header content-type: application/json"],
  429: ["HR_TOO_MANY_REQUESTS", "try again later"],
};

/** Returns the refusals of fastify itself: malformed JSON, a body that is too large, another content type. */
function ofFramework(error: unknown): HeadraceError | undefined {
  if (!(error instanceof Error) || !("statusCode" in error)) return undefined;
  const { statusCode } = error;
  if (typeof statusCode !== "number" || statusCode < 400 || statusCode >= 500) return undefined;
  const [code, hint] = OF_STATUS[statusCode] ?? ["HR_USAGE", "correct the request"];
  const message = statusCode === 415 ? "a body of this content type is not read" : lowerFirst(error.message);
  return new HeadraceError(code, message, { hint });
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Nothing of what was thrown reaches the caller: it may hold what only the log may have. */
function defect(): HeadraceError {
  return new HeadraceError("HR_INTERNAL", "this is a defect of Headrace", {
    hint: "tell whoever runs the server the id of the request; its log says more",
  });
}
