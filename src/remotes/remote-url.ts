import { HeadraceError } from "../errors.ts";

/** The address that the code of a project is fetched from. */
export interface RemoteUrl {
  readonly transport: "https" | "http" | "ssh" | "file";
  readonly host: string;
  readonly port: number | undefined;
  /** As git is called with it: without a password, and spelled so that git reads the same host in it. */
  readonly url: string;
  /** The user of the address, for `ssh`; empty if it names none. */
  readonly user: string;
}

/** The transports that an installation allows beside `https` and `ssh`. */
export interface TransportPolicy {
  /** Repositories on this machine's disks: any user of the server would read what the server can. */
  readonly files: boolean;
  /** Without TLS, the code and its credentials are open to whoever is between. */
  readonly plainHttp: boolean;
}

/** `ext::command` and others: git runs a program for each. */
const HELPER = /^[A-Za-z0-9+.-]*::/;

/** `user@host:path`, as git takes it for ssh. */
const SCP_LIKE = /^(?:([\w.~-]+)@)?(\[[0-9A-Fa-f:]+\]|[\w.-]+):(?!\/\/)([^\s]+)$/;

/**
 * Reads an address as git would, and refuses what would make git do something else than fetch over the network:
 * transports that run programs (`ext::`), options (`-u…`), paths. Throws HR_USAGE.
 */
export function parseRemoteUrl(text: string, policy: TransportPolicy): RemoteUrl {
  const given = text.trim();
  if (/[\s\p{Cc}]/u.test(given) || given.startsWith("-") || HELPER.test(given)) throw refused("it is no address");
  if (given.startsWith("/") || given.startsWith("file:")) return fileUrl(given, policy);
  const url = given.includes("://") ? URL.parse(given) : undefined;
  if (url === null) throw refused("it is no address");
  if (url === undefined) return scpLike(given);
  const [scheme, host] = [url.protocol.slice(0, -1), url.hostname];
  if (host === "" || host.startsWith("-")) throw refused("it names no host");
  if (url.password !== "")
    throw refused("it has a password in it, which every message would show", "give it as a token");
  const port = url.port === "" ? undefined : Number(url.port);
  const user = decoded(url.username);
  if (user.startsWith("-")) throw refused("its user is an option of a program");
  if (scheme === "http" && !policy.plainHttp) throw refused("its transport http is not protected", "use https or ssh");
  if (scheme === "ssh") return { transport: scheme, host, port, url: given, user };
  // As it was given, git may read another host than was looked at: in `https://a.test\@b.test/c`, that is b.test.
  if (scheme === "https" || scheme === "http") return { transport: scheme, host, port, url: url.href, user };
  throw refused(`its transport ${scheme} is not served`, "use https or ssh");
}

function scpLike(given: string): RemoteUrl {
  const [, user = "", host, path] = SCP_LIKE.exec(given) ?? [];
  if (host === undefined || path === undefined || host.startsWith("-") || path.startsWith("-"))
    throw refused("it is no address");
  return { transport: "ssh", host: host.replace(/^\[|\]$/g, ""), port: undefined, url: given, user };
}

function fileUrl(given: string, { files }: TransportPolicy): RemoteUrl {
  if (!files) throw refused("it lies on a disk of the server", "use https or ssh");
  const path = given.startsWith("file:") ? decoded(URL.parse(given)?.pathname ?? "") : given;
  if (!path.startsWith("/")) throw refused("it is no address");
  return { transport: "file", host: "", port: undefined, url: path, user: "" };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused("it is no address");
  }
}

function refused(
  why: string,
  hint = "give the address as git takes it: https://HOST/PATH or USER@HOST:PATH",
): HeadraceError {
  return new HeadraceError("HR_USAGE", `the address of the repository cannot be used: ${why}`, { hint });
}
