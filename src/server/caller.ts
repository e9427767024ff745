import type { FastifyRequest } from "fastify";
import type { Access, Principal } from "../access/index.ts";
import { HeadraceError } from "../errors.ts";

/** Browsers send a cookie to every port of a host: those of two servers on one machine must not replace each other. */
const COOKIE = "headrace_session_";
/** A browser keeps a cookie of this name from other ports and from pages without TLS. */
const SECURE_COOKIE = "__Host-headrace_session";

/** Without TLS the cookie's strict name would be refused by browsers. */
export function sessionCookie(publicUrl: string): { readonly name: string; readonly secure: boolean } {
  const secure = publicUrl.startsWith("https:");
  return { name: secure ? SECURE_COOKIE : `${COOKIE}${new URL(publicUrl).port || "80"}`, secure };
}

/** The user who calls, and how they proved it. */
export interface Caller {
  readonly principal: Principal;
  readonly credential: string;
  /** The credential came in a cookie, which a browser sends without being asked by the page. */
  readonly byCookie: boolean;
}

/** By the header `Authorization: Token …` (Valohai's clients) or `Bearer …`, else by the cookie of a session. */
export async function callerOf(
  request: FastifyRequest,
  { access, publicUrl, now }: { readonly access: Access; readonly publicUrl: string; readonly now: () => number },
): Promise<Caller> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const [, credential = ""] = /^(?:token|bearer) +(\S+) *$/i.exec(authorization) ?? [];
    return { principal: await access.principalOf(credential, now()), credential, byCookie: false };
  }
  const cookie = request.cookies[sessionCookie(publicUrl).name];
  if (cookie === undefined) return { principal: { kind: "nobody" }, credential: "", byCookie: false };
  return { principal: await access.principalOf(cookie, now()), credential: cookie, byCookie: true };
}

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Throws for a change that another site's page made the browser ask for. Every browser says with such a request which
 * page made it: `Sec-Fetch-Site`, or `Origin` where it is older.
 */
export function refuseOtherSites(request: FastifyRequest, publicUrl: string): void {
  if (READS.has(request.method)) return;
  const { origin, "sec-fetch-site": site } = request.headers;
  if (site === undefined ? origin === new URL(publicUrl).origin : site === "same-origin") return;
  throw new HeadraceError("HR_FORBIDDEN", "a page of another site may not change anything here", {
    hint: "use a token in programs",
  });
}
