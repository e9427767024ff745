import type { FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod";
import { actorOf } from "../access/index.ts";
import type { RouteContract } from "../api/index.ts";
import { HeadraceError } from "../errors.ts";
import type { BaseCall, KnownCall } from "./call.ts";
import type { KeptAnswers, OnceRequest } from "./kept-answers.ts";

const HEADER = "idempotency-key";

/** As the description of the API has it; all other headers are let pass. */
export const KEY_HEADERS = z.looseObject({
  [HEADER]: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe("a text of the caller's: the same request with the same key within a day is carried out once"),
});

/** True for a call that makes something, of which two are one too many. */
export function takesKey({ method, access, stream }: RouteContract): boolean {
  return method === "POST" && access !== "open" && stream === undefined;
}

/** Undefined for a request without a key, and where the call takes none. */
export function keyOf(contract: RouteContract, request: FastifyRequest): string | undefined {
  const key = request.headers[HEADER];
  return takesKey(contract) && typeof key === "string" ? key : undefined;
}

export interface KeyedCall {
  readonly contract: RouteContract;
  /** Never open to everybody: its caller is known. */
  readonly call: BaseCall & Partial<Pick<KnownCall, "caller">> & { readonly body: unknown };
  readonly key: string;
}

/** Answers a request that carries a key: by `handler`, or as the first time. */
export async function sendOnce(
  kept: KeptAnswers,
  { contract, call, key }: KeyedCall,
  handler: (once: OnceRequest) => Promise<unknown>,
): Promise<FastifyReply> {
  const { request, reply, caller } = call;
  if (caller === undefined) throw new Error("a call of nobody has no key");
  const { method, url } = request;
  const status = contract.reply === undefined ? 204 : (contract.status ?? 200);
  // An upload is not read before its handler reads it: its length stands for it.
  const isUnread = contract.upload === true || contract.bytes === true;
  const body = isUnread ? (request.headers["content-length"] ?? null) : call.body;
  const sent: { text?: string } = {};
  const { isRepeatable = false, hasSecret = false } = contract;
  const keyed = { ...{ actor: actorOf(caller), key, method, url, body }, isRepeatable, hasSecret };
  const answer = await kept.answer(keyed, async (once) => {
    const made = (await handler(once)) as Readonly<Record<string, unknown>>;
    sent.text = contract.reply === undefined ? "" : String(reply.serializeInput(made, String(status)));
    return { status, body: contract.isShownOnce === true ? null : sent.text };
  });
  const text = answer.isKept ? answer.body : sent.text;
  if (text === null || text === undefined)
    throw new HeadraceError("HR_CONFLICT", "this was made before, and its answer was shown once", {
      hint: "make another one with a new key, and revoke the first",
    });
  if (answer.isKept) void reply.header("idempotent-replayed", "true");
  if (answer.status === 204) return reply.code(204).send();
  return reply.code(answer.status).type("application/json; charset=utf-8").serializer(String).send(text);
}
