import type { FastifyInstance, FastifyRequest } from "fastify";
import type { RequestTrace, Tracer } from "../telemetry/index.ts";

const traces = new WeakMap<FastifyRequest, RequestTrace & { readonly startedAt: number }>();

/** Load balancers and scrapers ask these every few seconds; their traces would tell nothing. */
const UNTOLD = new Set(["/healthz", "/readyz", "/metrics"]);

/** Tells of each request of the API as a span; what it begins goes below it where its caller tells a trace. */
export function addRequestTraces(app: FastifyInstance, tracer: Tracer): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const { traceparent } = request.headers;
    const trace = tracer.beginRequest(typeof traceparent === "string" ? traceparent : undefined);
    traces.set(request, { ...trace, startedAt: Date.now() });
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const trace = traces.get(request);
    const route = request.routeOptions.url?.replace(/(?<=.)\/$/, "");
    if (trace !== undefined && !UNTOLD.has(route ?? ""))
      trace.end({
        name: route === undefined ? request.method : `${request.method} ${route}`,
        ...{ startedAt: trace.startedAt, endedAt: Date.now() },
        // No address: codes of links and signatures stand in it.
        attributes: {
          ...{ "http.request.method": request.method, "http.response.status_code": reply.statusCode },
          ...{ "http.route": route, "client.address": request.ip, "headrace.request.id": request.id },
        },
        ...(reply.statusCode >= 500 && { failure: `status ${reply.statusCode}` }),
      });
    done();
  });
}

/** Returns the place in a trace at which a run begins that the request starts. */
export function traceparentOf(request: FastifyRequest): { readonly traceparent?: string } {
  const { traceparent } = traces.get(request) ?? {};
  return traceparent === undefined ? {} : { traceparent };
}
