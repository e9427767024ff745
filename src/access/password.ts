import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { HeadraceError } from "../errors.ts";

/** The costs of argon2id: OWASP's least, 19 MiB of memory, two passes, one lane. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** NIST SP 800-63B: length counts, rules on characters do not. */
const SHORTEST = 10;
/** Longer ones would cost a server work that nobody needs. */
const LONGEST = 1_024;

const derive = promisify(argon2);

interface Parameters {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** Throws HR_USAGE for a password that is too short or too long, or is the user's name. */
export function checkPassword(password: string, userName: string): void {
  const length = [...password].length;
  if (length < SHORTEST || length > LONGEST)
    throw new HeadraceError("HR_USAGE", `a password has ${SHORTEST} to ${LONGEST} characters, and this one ${length}`, {
      hint: "several words in a row are easy to remember and hard to guess",
    });
  if (password.toLowerCase() === userName.toLowerCase() || new Set(password).size === 1)
    throw new HeadraceError("HR_USAGE", "the password is easy to guess", {
      hint: "several words in a row are easy to remember and hard to guess",
    });
}

/** The argon2id hash of a password in the PHC string format, with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await deriveKey(password, salt, { memory: MEMORY_KIB, passes: PASSES, parallelism: LANES }, HASH_BYTES);
  const costs = `m=${MEMORY_KIB},t=${PASSES},p=${LANES}`;
  return `$argon2id$v=19$${costs}$${unpadded(salt)}$${unpadded(hash)}`;
}

const STORED = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,})\$([A-Za-z0-9+/]{22,})$/;

/** Returns true for the password that was hashed. False for a text that is no such hash. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt = "", hash = ""] = STORED.exec(stored) ?? [];
  if (memory === undefined || [...password].length > LONGEST) return false;
  const expected = Buffer.from(hash, "base64");
  const costs = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  return timingSafeEqual(await deriveKey(password, Buffer.from(salt, "base64"), costs, expected.length), expected);
}

/** True if the hash was made with other costs than those of today, and should be made anew. */
export function isOutdatedHash(stored: string): boolean {
  return !stored.startsWith(`$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$`);
}

let decoy: Promise<string> | undefined;

/** Takes as long as `isPassword`, so that the time of an answer does not tell which names exist. */
export async function passTimeOfPassword(password: string): Promise<void> {
  decoy ??= hashPassword(randomBytes(SALT_BYTES).toString("hex"));
  await isPassword(password, await decoy);
}

/** Compared in one Unicode form: keyboards differ in how they write an accent. */
function deriveKey(password: string, nonce: Buffer, costs: Parameters, tagLength: number): Promise<Buffer> {
  return derive("argon2id", { message: password.normalize("NFKC"), nonce, ...costs, tagLength });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
