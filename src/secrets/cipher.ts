import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { HeadraceError } from "../errors.ts";
import type { KeyRing } from "./key-ring.ts";

/**
 * The form of a secret in the database: `1.<id of the key>.<nonce, tag and text in base64url>`, by AES-256-GCM. `about`
 * is bound to it: a text that was moved to another row does not open.
 */
const VERSION = "1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function sealSecret([{ id, key }]: KeyRing, plain: string, about: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(`${VERSION}.${id}.${about}`));
  const text = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  return `${VERSION}.${id}.${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64url")}`;
}

/** Throws HR_SECRETS where the key is missing, or the text was changed or belongs to something else. */
export function openSecret(ring: KeyRing, sealed: string, about: string): string {
  const [version, id, body = ""] = sealed.split(".");
  const key = ring.find((each) => each.id === id)?.key;
  if (version !== VERSION || id === undefined)
    throw unopened(about, "it is of a version that this program does not know");
  if (key === undefined) throw unopened(about, `its key ${id} is missing`);
  const bytes = Buffer.from(body, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(`${VERSION}.${id}.${about}`));
  try {
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch {
    throw unopened(about, "it was changed");
  }
}

/** True if it was sealed with the key that seals now. */
export function isSealedByFirst([{ id }]: KeyRing, sealed: string): boolean {
  return sealed.split(".")[1] === id;
}

function unopened(about: string, why: string): HeadraceError {
  return new HeadraceError("HR_SECRETS", `the secret “${about}” cannot be opened: ${why}`, {
    hint: "give the key back, or set the secret anew",
  });
}
