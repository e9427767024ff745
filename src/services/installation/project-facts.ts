import { createHash } from "node:crypto";
import { userInfo } from "node:os";
import { basename } from "node:path";

/** A project that has no server. */
export interface ProjectIdentity {
  /** The same folder is the same project, until its records give the project an id. */
  readonly id: string;
  readonly name: string;
  /** The text before the name in `valohai.project-name`. */
  readonly owner: string;
}

/** Says which project a folder is. */
export function projectIdentity(root: string): ProjectIdentity {
  const digest = createHash("sha256").update(`project\0${root}`).digest("hex");
  const id = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join("-");
  return { id, name: basename(root) || "project", owner: ownerOf(loginName()) };
}

/**
 * By the machine's own list of users: environment variables differ from shell to shell. An account without an entry has
 * no name.
 */
export function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return "";
  }
}

/** A name as it can stand before a slash, whatever an account is called. */
export function ownerOf(login: string): string {
  const plain = login
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-");
  return plain.replaceAll(/^[-.]+|[-.]+$/g, "") || "user";
}
