import { createHmac, timingSafeEqual } from "node:crypto";

/** A request as it came: the bytes of its body are what was signed. */
export interface SignedRequest {
  /** Names in any case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/**
 * The signature schemes of senders: `github` (`X-Hub-Signature-256`), `standard` (standardwebhooks.com, also Svix and
 * OpenAI), `stripe` (`Stripe-Signature`).
 */
export type SignatureScheme = "github" | "standard" | "stripe";

export const SIGNATURE_SCHEMES: readonly SignatureScheme[] = ["github", "standard", "stripe"];

/** A signature that is older or younger than this may be a copy of an earlier request. */
const TOLERANCE_S = 300;

/** Returns true if the request was signed with the secret, and not long ago where the scheme tells when. */
export function isSigned(scheme: SignatureScheme, request: SignedRequest, secret: string, nowS: number): boolean {
  return secret !== "" && VERIFIERS[scheme](request, secret, nowS);
}

type Verifier = (request: SignedRequest, secret: string, nowS: number) => boolean;

const VERIFIERS: Readonly<Record<SignatureScheme, Verifier>> = {
  github: (request, secret) => {
    const signature = header(request, "x-hub-signature-256");
    return (
      signature?.startsWith("sha256=") === true && isEqual(signature.slice(7), hmac(secret, [request.body], "hex"))
    );
  },
  standard: (request, secret, nowS) => {
    const id = header(request, "webhook-id");
    const time = header(request, "webhook-timestamp");
    const signatures = header(request, "webhook-signature");
    if (id === undefined || id === "" || time === undefined || signatures === undefined) return false;
    if (!isRecent(time, nowS)) return false;
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    // A secret that is no base64 decodes to nothing, and with an empty key everybody could sign.
    if (key.length === 0) return false;
    const expected = hmac(key, [`${id}.${time}.`, request.body], "base64");
    return signatures
      .split(" ")
      .some((signature) => signature.startsWith("v1,") && isEqual(signature.slice(3), expected));
  },
  stripe: (request, secret, nowS) => {
    const parts = (header(request, "stripe-signature") ?? "").split(",").map((part) => part.trim().split("="));
    const time = parts.find(([name]) => name === "t")?.[1];
    if (time === undefined || !isRecent(time, nowS)) return false;
    const expected = hmac(secret, [`${time}.`, request.body], "hex");
    return parts.some(([name, signature]) => name === "v1" && isEqual(signature ?? "", expected));
  },
};

function isRecent(time: string, nowS: number): boolean {
  return /^\d{1,12}$/.test(time) && Math.abs(nowS - Number(time)) <= TOLERANCE_S;
}

function hmac(key: string | Buffer, parts: readonly (string | Uint8Array)[], encoding: "hex" | "base64"): string {
  const sum = createHmac("sha256", key);
  for (const part of parts) sum.update(part);
  return sum.digest(encoding);
}

/** Takes as long for a signature that is nearly right as for any other. */
function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function header({ headers }: SignedRequest, name: string): string | undefined {
  return Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
}
