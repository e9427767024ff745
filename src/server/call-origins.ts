import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Principal } from "../access/index.ts";
import { actorOf } from "../access/index.ts";
import { type CallOrigin, withOrigin } from "../store/index.ts";

const origins = new WeakMap<FastifyRequest, CallOrigin>();

/** Records each change that a request makes together with the origin of the request. */
export function addCallOrigins(app: FastifyInstance): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const { ip: address, id: requestId, headers } = request;
    const call: CallOrigin = { origin: { address, via: "open", agent: headers["user-agent"] ?? "", requestId } };
    origins.set(request, call);
    withOrigin(call, done);
  });
  // Once more after the body: its parser goes on in the turn of the socket.
  app.addHook("preValidation", (request, _reply, done) => {
    const call = origins.get(request);
    if (call === undefined) return done();
    withOrigin(call, done);
  });
}

/** Notes who makes the call, once their credential was looked up. */
export function noteCaller(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  caller: Exclude<Principal, { kind: "nobody" }>,
): void {
  const call = origins.get(request);
  if (call === undefined) return;
  call.actor = actorOf(caller);
  const via = caller.kind === "execution" ? `execution:${caller.id}` : `${caller.by.kind}:${caller.by.id}`;
  call.origin = { ...call.origin, via };
  // The line that says how the request ended names them.
  const log = request.log.child({ actor: call.actor, via });
  request.log = log;
  reply.log = log;
}
