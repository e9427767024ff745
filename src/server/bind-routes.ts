import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { actorOf } from "../access/index.ts";
import type { Contracts, RouteContract, StreamedBytes, StreamedItem } from "../api/index.ts";
import { HeadraceError } from "../errors.ts";
import type { Asker } from "../services/index.ts";
import type { ProjectRecord } from "../store/index.ts";
import type { BaseCall, ExecutionCall, Handlers, KnownCall, ProjectCall } from "./call.ts";
import { noteCaller } from "./call-origins.ts";
import { callerOf, refuseOtherSites } from "./caller.ts";
import { KEY_HEADERS, keyOf, sendOnce, takesKey } from "./idempotency.ts";
import { KeptAnswers, type OnceRequest } from "./kept-answers.ts";
import { namedProject } from "./named-project.ts";
import { traceparentOf } from "./request-traces.ts";
import type { ServerParts } from "./server-parts.ts";
import { PATIENCE } from "./slow-requests.ts";
import { sendBytes, sendEvents } from "./streams.ts";
import { linksOf } from "./valohai-links.ts";

/** Makes routes of contracts. A caller without the right to a call never reaches its handler. */
export function bindRoutes<All extends Contracts>(
  app: FastifyInstance,
  parts: ServerParts,
  all: All,
  handlers: Handlers<All>,
): void {
  const closing = closingOf(app);
  const admitted = new WeakMap<FastifyRequest, BaseCall>();
  const kept = new KeptAnswers(parts.database.installation.scope, parts.now);
  for (const [name, contract] of Object.entries<RouteContract>(all)) {
    // The record of handlers has the type that each contract asks for; one loop over all of them loses which is which.
    const handler = handlers[name] as unknown as (call: object) => Promise<unknown>;
    app.withTypeProvider<ZodTypeProvider>().route({
      method: contract.method,
      url: contract.path,
      schema: schemaOf(name, contract),
      config: { isStream: contract.stream === "events", isUpload: contract.upload === true || contract.bytes === true },
      // Before the body is read: a caller without the right neither sends much nor learns which body would fit.
      onRequest: async (request, reply) => {
        admitted.set(request, await admit(parts, contract, request, reply));
      },
      ...(isNamedInBody(contract) && {
        // Before the body is held against its form, which would tell more than whether the project is there.
        preValidation: async (request: FastifyRequest) => {
          const known = admitted.get(request) as KnownCall;
          admitted.set(request, await admitToProject(parts, contract, known));
        },
      }),
      handler: async (request, reply) => {
        const { params, query, body } = request;
        const base = admitted.get(request);
        if (base === undefined) throw new Error("a request was answered that was not admitted");
        const call = { ...base, params, query, body };
        const key = keyOf(contract, request);
        if (key !== undefined)
          return sendOnce(kept, { contract, call, key }, (once) => handler(keyedCall(parts, call, once)));
        const answer = await handler(call);
        if (reply.sent) return reply;
        if (contract.stream === "events")
          return sendEvents(request, reply, answer as AsyncIterable<StreamedItem<unknown>>, {
            ...{ stop: closing, lookMs: parts.patience?.lookMs ?? PATIENCE.lookMs },
            requireReader: () => requireReader(parts, contract, request),
          });
        if (contract.stream === "bytes") return sendBytes(request, reply, answer as StreamedBytes);
        return reply.code(contract.reply === undefined ? 204 : (contract.status ?? 200)).send(answer);
      },
    });
  }
}

function schemaOf(name: string, contract: RouteContract) {
  const { params, query, body, reply, stream, status, summary, tag, access } = contract;
  return {
    operationId: name,
    summary,
    tags: [tag],
    ...(access === "open" ? { security: [] } : {}),
    ...(params !== undefined && { params }),
    ...(query !== undefined && { querystring: query }),
    ...(body !== undefined && { body }),
    ...(takesKey(contract) && { headers: KEY_HEADERS }),
    // A streamed reply is written piece by piece, past the serializer of whole replies.
    ...(reply !== undefined && stream === undefined && { response: { [status ?? 200]: reply } }),
  };
}

/** Finds out who calls, and throws unless they may. */
async function admit(
  parts: ServerParts,
  contract: RouteContract,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<BaseCall | ExecutionCall | KnownCall | ProjectCall> {
  const { access } = contract;
  const agent = request.headers["user-agent"] ?? "";
  const gone = () => goneSignal(reply);
  const base: BaseCall = { address: request.ip, agent, request, reply, gone };
  if (access === "open") return base;
  const { principal, credential, byCookie } = await callerOf(request, parts);
  if (principal.kind === "nobody")
    throw new HeadraceError("HR_NOT_LOGGED_IN", "this needs somebody who is logged in", {
      hint: "log in, or send a token that has neither expired nor been revoked",
    });
  noteCaller({ request, reply }, principal);
  if (byCookie) refuseOtherSites(request, parts.publicUrl);
  const known: KnownCall = { ...base, caller: principal, wish: { actor: actorOf(principal), at: parts.now() } };
  if (access === "execution") {
    if (principal.kind === "execution") return { ...base, caller: principal, credential };
    throw new HeadraceError("HR_FORBIDDEN", "this is for a step, which asks by its own token", {
      hint: "use the calls of the project, which say the same of every execution",
    });
  }
  if ("server" in access) {
    parts.access.requireOnServer(principal, access.server);
    return known;
  }
  // A project that the body names is looked at once that is read.
  if (isNamedInBody(contract)) return known;
  return await admitToProject(parts, contract, known);
}

/** Throws unless the caller may make the call in the project that it names. */
async function admitToProject(parts: ServerParts, contract: RouteContract, known: KnownCall): Promise<ProjectCall> {
  const { access } = contract;
  if (typeof access === "string" || "server" in access) throw new Error("this call is in no project");
  const { caller, request, gone, wish } = known;
  const { project, ref, missing } = await namedProject(parts, contract, request);
  await parts.access.requireInProject(caller, access.project, project, missing);
  return {
    ...known,
    project,
    ref,
    ...servicesFor(parts, project, { actor: wish.actor, signal: gone(), ...traceparentOf(request) }),
  };
}

/** Throws where the caller of a stream may not read on: since it began, they have lost their credential or role. */
async function requireReader(parts: ServerParts, contract: RouteContract, request: FastifyRequest): Promise<void> {
  const { access } = contract;
  if (typeof access === "string" || "server" in access) throw new Error("this stream is of no project");
  try {
    const { principal } = await callerOf(request, parts);
    const { project, missing } = await namedProject(parts, contract, request);
    await parts.access.requireInProject(principal, access.project, project, missing);
  } catch (error) {
    // While the database is away, nobody has lost anything.
    if (error instanceof HeadraceError && error.code === "HR_STORE_UNAVAILABLE") return;
    throw error;
  }
}

function servicesFor(
  parts: ServerParts,
  project: ProjectRecord,
  asker: Asker,
): Pick<ProjectCall, "open" | "openValohai"> {
  return {
    open: () => parts.projects(project, asker),
    openValohai: () => parts.valohai(project, { ...asker, links: linksOf(parts, project) }),
  };
}

/** A call whose records are found again by whoever carries it out once more. */
function keyedCall(
  parts: ServerParts,
  call: BaseCall & Partial<ProjectCall>,
  { recordId, isRepeat }: OnceRequest,
): object {
  const { project, wish, gone } = call;
  if (project === undefined || wish === undefined) return { ...call, recordId };
  const asker = { actor: wish.actor, signal: gone(), recordId, isRepeat, ...traceparentOf(call.request) };
  return { ...call, recordId, ...servicesFor(parts, project, asker) };
}

/** True where neither the path nor the query names the project. */
function isNamedInBody({ access, params, query, body }: RouteContract): boolean {
  if (typeof access === "string" || "server" in access || access.of !== undefined || body === undefined) return false;
  return params === undefined && query === undefined;
}

/** Aborted when the connection ends, whoever ended it. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  if (reply.raw.destroyed) gone.abort();
  else reply.raw.once("close", () => gone.abort());
  return gone.signal;
}

/** Aborted when the server begins to stop: streams end then, and their readers find another server or come back. */
function closingOf(app: FastifyInstance): AbortSignal {
  const closing = new AbortController();
  app.addHook("preClose", async () => closing.abort());
  return closing.signal;
}
