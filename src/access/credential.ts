import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/**
 * A credential proves who calls. Its prefix lets scanners of leaked secrets find one in a file; the check at its end
 * lets a server refuse a mistyped one without a look into the database.
 */
const PREFIXES = { token: "hrt_", session: "hrs_", execution: "hre_" } as const;
export type CredentialKind = keyof typeof PREFIXES;

const SECRET_BYTES = 32;
const CREDENTIAL = /^(hrt|hrs|hre)_([A-Za-z0-9_-]{43})([0-9a-f]{8})$/;

/** A new credential: 256 random bits. It is shown once; the database has its hash alone. */
export function createCredential(kind: CredentialKind): string {
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  return `${PREFIXES[kind]}${secret}${checkOf(kind, secret)}`;
}

/** Undefined for a text that is no credential at all. */
export function kindOfCredential(text: string): CredentialKind | undefined {
  const [, prefix, secret = "", check] = CREDENTIAL.exec(text) ?? [];
  const kind = (Object.keys(PREFIXES) as CredentialKind[]).find((known) => PREFIXES[known] === `${prefix}_`);
  return kind !== undefined && checkOf(kind, secret) === check ? kind : undefined;
}

/**
 * As the database keeps it. Its 256 bits are random, so one pass of SHA-256 suffices; it is looked up by this hash, so
 * that no comparison takes longer for a better guess.
 */
export function hashCredential(credential: string): string {
  return createHash("sha256").update(credential).digest("hex");
}

function checkOf(kind: CredentialKind, secret: string): string {
  return crc32(`${PREFIXES[kind]}${secret}`).toString(16).padStart(8, "0");
}
