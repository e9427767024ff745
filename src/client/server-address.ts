import { HeadraceError } from "../errors.ts";

const LOOPBACK = new Set(["127.0.0.1", "[::1]", "localhost"]);

/**
 * The address of a server as the user types it, without a slash at its end: `https://` unless it says otherwise, or is
 * of this machine. A path is kept, for a server that lies below one. Throws HR_USAGE.
 */
export function serverAddress(text: string): string {
  const trimmed = text.trim();
  const url = urlOf(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `${schemeFor(trimmed)}://${trimmed}`);
  if (url === undefined || url.hostname === "") throw refused(text, "is no address of a server");
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw refused(text, `begins with ${url.protocol}, and a server is reached by http or https`);
  if (url.username !== "" || url.password !== "")
    throw new HeadraceError("HR_USAGE", "the address of a server may not carry a name or a password", {
      hint: "leave them out; you are asked for them",
    });
  if (url.search !== "" || url.hash !== "") throw refused(text, "has more after its path than an address of a server");
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** Returns true if what is sent to it leaves this machine in the clear. */
export function isInTheClear(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === "http:" && !LOOPBACK.has(hostname);
}

function schemeFor(text: string): string {
  const host = urlOf(`http://${text}`)?.hostname;
  return host !== undefined && LOOPBACK.has(host) ? "http" : "https";
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function refused(text: string, why: string): HeadraceError {
  // The part after a question mark may be a secret, such as the code of a link.
  const shown = text.trim().replace(/[?#].*$/s, "");
  return new HeadraceError("HR_USAGE", `“${shown}” ${why}`, {
    hint: "write it as https://headrace.example.org, or http://127.0.0.1:8470",
  });
}
