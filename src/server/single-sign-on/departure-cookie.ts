import type { FastifyReply, FastifyRequest } from "fastify";
import { sessionCookie } from "../caller.ts";
import type { Departure } from "./provider.ts";

/** A log-in at the provider may take a second factor; after this it is begun anew. */
const VALID_MS = 15 * 60_000;

/** Beside the cookie of the session, with the same protection. */
function cookieOf(publicUrl: string) {
  const { name, secure } = sessionCookie(publicUrl);
  return { name: `${name}_departure`, options: { path: "/", httpOnly: true, sameSite: "lax", secure } as const };
}

/** The browser keeps it: whichever server it comes back to can go on. */
export function setDeparture(reply: FastifyReply, publicUrl: string, departure: Departure): void {
  const { name, options } = cookieOf(publicUrl);
  const value = Buffer.from(JSON.stringify(departure)).toString("base64url");
  void reply.setCookie(name, value, { ...options, maxAge: VALID_MS / 1_000 });
}

/** Taken once; undefined where there is none, or it is too old. */
export function takeDeparture(
  request: FastifyRequest,
  reply: FastifyReply,
  { publicUrl, now }: { readonly publicUrl: string; readonly now: number },
): Departure | undefined {
  const { name, options } = cookieOf(publicUrl);
  const value = request.cookies[name];
  if (value === undefined) return undefined;
  void reply.clearCookie(name, options);
  const departure = parse(Buffer.from(value, "base64url").toString());
  return departure !== undefined && departure.at <= now && now < departure.at + VALID_MS ? departure : undefined;
}

function parse(text: string): Departure | undefined {
  let value: Partial<Record<keyof Departure, unknown>> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { state, nonce, verifier, at, connects } = value ?? {};
  if (typeof state !== "string" || typeof nonce !== "string" || typeof verifier !== "string") return undefined;
  if (typeof at !== "number" || state === "" || nonce === "" || verifier === "") return undefined;
  return { state, nonce, verifier, at, ...(typeof connects === "string" && { connects }) };
}
