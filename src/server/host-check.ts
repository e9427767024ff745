import { isIP } from "node:net";
import type { FastifyInstance } from "fastify";
import { HeadraceError } from "../errors.ts";

/**
 * Refuses requests under a name that the server does not have. A page of another site could otherwise let its own name
 * point to this server (DNS rebinding) and read answers in the name of whoever is logged in. An address in digits
 * cannot be such a name.
 *
 * The header that the connection brought counts, also behind a proxy: such a page may send `X-Forwarded-Host` with any
 * name in it, and a proxy may pass it on.
 */
export function addHostCheck(app: FastifyInstance, publicUrl: string): void {
  const known = new Set([new URL(publicUrl).hostname, "localhost"]);
  app.addHook("onRequest", async ({ headers: { host = "" } }) => {
    const name = nameOf(host);
    if (name !== undefined && (known.has(name) || isIP(name.replace(/^\[|\]$/g, "")) !== 0)) return;
    throw new HeadraceError("HR_USAGE", `this server is not called “${host.slice(0, 100)}”`, {
      hint: `use ${publicUrl}, or start the server with its public address; a proxy before it has to pass the name on`,
    });
  });
}

/** Without its port, in the form that addresses are compared in; undefined for what is no name of a host. */
function nameOf(host: string): string | undefined {
  if (!/^[A-Za-z0-9._-]+(:\d{1,5})?$|^\[[0-9a-fA-F:.]+\](:\d{1,5})?$/.test(host)) return undefined;
  return URL.parse(`http://${host}/`)?.hostname;
}
