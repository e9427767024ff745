import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import { makeFolder } from "../make-folder.ts";

/** A key that secrets are sealed with. */
export interface SecretKey {
  /** Tells which key a secret was sealed with. */
  readonly id: string;
  readonly key: KeyObject;
}

/** The keys of an installation: the first seals, all of them open. */
export type KeyRing = readonly [SecretKey, ...SecretKey[]];

const KEY_BYTES = 32;
const LINE = /^([A-Za-z0-9_-]{1,64}):([A-Za-z0-9+/]{43}=)$/;

/** A new key as a line of the file: `id:base64`. */
export function createKeyLine(): string {
  return `${randomBytes(6).toString("hex")}:${randomBytes(KEY_BYTES).toString("base64")}`;
}

/**
 * Reads keys: a line each, or separated by commas (as in a variable). `place` is what messages call it; none of them
 * shows a key. Throws HR_SECRETS.
 */
export function parseKeys(text: string, place: string): KeyRing {
  const lines = text.split(/[\n,]/).map((line) => line.trim());
  const [first, ...others] = lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line, index) => {
      const [, id, key] = LINE.exec(line) ?? [];
      if (id === undefined || key === undefined) throw unreadable(place, `key ${index + 1} does not read ID:KEY`);
      return { id, key: createSecretKey(Buffer.from(key, "base64")) };
    });
  if (first === undefined) throw unreadable(place, "there is no key in it");
  const ids = [first, ...others].map(({ id }) => id);
  if (new Set(ids).size !== ids.length) throw unreadable(place, "two keys have one id");
  return [first, ...others];
}

/**
 * The keys in a file that its owner alone may read; made with a new key if it is not there. If several processes make
 * it at once, one does. Throws HR_SECRETS.
 */
export function openKeyFile(path: string): KeyRing {
  const existing = readKeyFile(path);
  if (existing !== undefined) return existing;
  makeKeyFile(path);
  const made = readKeyFile(path);
  if (made === undefined) throw unreadable(path, "it vanished while it was read");
  return made;
}

/** Undefined where there is none. */
export function readKeyFile(path: string): KeyRing | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
  try {
    const { mode } = fstatSync(descriptor);
    if ((mode & 0o077) !== 0)
      throw new HeadraceError("HR_SECRETS", `others may read ${path}, which has the keys of the secrets`, {
        hint: `close it with chmod 600 ${path}, and set the secrets anew if somebody may have read it`,
      });
    return parseKeys(readFileSync(descriptor, "utf8"), path);
  } finally {
    closeSync(descriptor);
  }
}

/** Written aside, synced, and put in its place unless there is one by now. */
function makeKeyFile(path: string): void {
  makeFolder(dirname(path), 0o700);
  const aside = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    writeSynced(
      aside,
      `# The keys of Headrace's secrets. Whoever has them can read the secrets.\n${createKeyLine()}\n`,
    );
    linkSync(aside, path);
    syncFolder(dirname(path));
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST")
      throw unreadable(path, error instanceof Error ? error.message : String(error));
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Puts a new key before those of the file: it seals from now on, and the others still open what they sealed. The caller
 * lets one process at a time do it, since a key that another one overwrites is lost with all that it has sealed.
 */
export function addKey(path: string): KeyRing {
  openKeyFile(path);
  const aside = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    writeSynced(aside, `${createKeyLine()}\n${readFileSync(path, "utf8")}`);
    renameSync(aside, path);
    syncFolder(dirname(path));
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  } finally {
    rmSync(aside, { force: true });
  }
  return openKeyFile(path);
}

function writeSynced(path: string, text: string): void {
  const descriptor = openSync(path, "wx", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  chmodSync(path, 0o600);
}

function syncFolder(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function unreadable(place: string, why: string): HeadraceError {
  return new HeadraceError("HR_SECRETS", `the keys of the secrets in ${place} cannot be used: ${why}`, {
    hint: "put the file back from a backup; without its keys, the secrets must be set anew",
  });
}
