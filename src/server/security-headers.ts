import type { FastifyInstance } from "fastify";
import { programVersion } from "../version.ts";

/** The rights of a browser with an answer of the API: it may do nothing but read it. */
const POLICY = "default-src 'none'; frame-ancestors 'none'";
const TWO_YEARS_S = 63_072_000;

/**
 * On every answer, errors included. The answers of the API are for whoever asked alone, so no cache between may keep
 * them.
 */
export function addSecurityHeaders(app: FastifyInstance, publicUrl: string): void {
  const version = programVersion();
  const isSecure = publicUrl.startsWith("https:");
  app.addHook("onRequest", async (request, reply) => {
    reply.headers({
      "cache-control": "no-store",
      "content-security-policy": POLICY,
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "x-request-id": request.id,
      // The version is no secret: `GET /api/v0/server/` tells it to everybody.
      "headrace-version": version,
      ...(isSecure && { "strict-transport-security": `max-age=${TWO_YEARS_S}` }),
    });
  });
}
