import type { IncomingMessage } from "node:http";
import { hostname } from "node:os";
import { ACCOUNT, HEALTH } from "../../api/index.ts";
import { type CallOptions, Routes, serverAddress, Wire } from "../../client/index.ts";
import { HeadraceError } from "../../errors.ts";
import { programVersion } from "../../version.ts";
import type { Cli } from "../cli.ts";
import type { Credentials } from "./credentials.ts";

/** The ways in which a user can prove who they are. */
export type Proof =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  | { readonly kind: "token"; readonly token: string }
  /** The code of a link that a server has printed for its user. */
  | { readonly kind: "link"; readonly code: string };

export interface LogInRequest {
  readonly server: string;
  /** Asked for once it is known that a Headrace server answers. */
  readonly proof: () => Promise<Proof>;
  readonly certificates?: string;
  /** The share of the user's rights that the new token carries. */
  readonly level: "read" | "write" | "admin";
  /** Name of the token in the list of the user's tokens. */
  readonly tokenName?: string;
}

export interface LoggedIn {
  readonly credentials: Credentials;
  readonly version: string;
}

const LINK = /^(?<base>.*)\/log-in\/(?<code>[\w-]+)\/?$/;

/** The address of a server, with the code if it is a link that logs in. Throws HR_USAGE. */
export function readAddress(text: string): { readonly server: string; readonly code?: string } {
  const { base, code } = LINK.exec(text.trim())?.groups ?? {};
  return base === undefined || code === undefined
    ? { server: serverAddress(text) }
    : { server: serverAddress(base), code };
}

/** Makes a token of this machine's own on the server, or takes the one that is given. */
export async function logIn(cli: Cli, request: LogInRequest): Promise<LoggedIn> {
  const { server, certificates } = request;
  const connection = {
    ...{ url: server, version: programVersion(), env: cli.env },
    ...(certificates !== undefined && { certificates }),
  };
  using wire = new Wire(connection);
  const routes = new Routes(wire);
  // Before anything secret is sent: that it is a Headrace server at all.
  const { version } = await routes.ask(HEALTH.server);
  const proof = await request.proof();
  const token = proof.kind === "token" ? proof.token : await newToken(routes, proof, request);
  using own = new Wire({ ...connection, token });
  const { username } = await new Routes(own).ask(ACCOUNT.me);
  return { version, credentials: { username, token, ...(certificates !== undefined && { certificates }) } };
}

/** By a session that lasts no longer than this takes. */
async function newToken(
  routes: Routes,
  proof: Exclude<Proof, { kind: "token" }>,
  { level, tokenName }: LogInRequest,
): Promise<string> {
  const session = await beginSession(routes, proof);
  const body = { name: tokenName ?? `headrace on ${hostname()}`, level };
  const { token } = await routes.ask(ACCOUNT.createToken, { body }, inSession(session));
  // A session that nobody ends, ends by itself.
  await routes.ask(ACCOUNT.logOut, {}, inSession(session)).catch(() => undefined);
  return token;
}

async function beginSession(routes: Routes, proof: Exclude<Proof, { kind: "token" }>): Promise<string> {
  if (proof.kind === "password") {
    const { username, password } = proof;
    const answer = await routes.open(ACCOUNT.logIn, { body: { username, password } }, {});
    answer.resume();
    return cookieIn(routes.url, answer);
  }
  const answer = await routes.wire.send({ method: "GET", path: `/log-in/${proof.code}/` });
  answer.resume();
  if (answer.statusCode === 302) return cookieIn(routes.url, answer);
  throw new HeadraceError(
    "HR_NOT_LOGGED_IN",
    "this link was used before, or belongs to an earlier start of the server",
    {
      hint: "use the link that the server printed when it was started last",
    },
  );
}

function cookieIn(url: string, answer: IncomingMessage): string {
  const cookie = answer.headers["set-cookie"]?.[0]?.split(";")[0];
  if (cookie !== undefined) return cookie;
  throw new HeadraceError("HR_SERVER_ANSWER", `the server ${url} logs in and begins no session`, {
    hint: "a proxy before it may take cookies away; make a token in the web and log in with it",
  });
}

/** A browser says that its own page asks; this is no page, and nobody else's either. */
function inSession(cookie: string): CallOptions {
  return { headers: { cookie, "sec-fetch-site": "same-origin" } };
}
