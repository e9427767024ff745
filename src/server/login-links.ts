import { createHash, randomBytes } from "node:crypto";

/** Links that log their user in, once, as a notebook server prints them. */
export interface LoginLinks {
  /** The path of a new link for a user. */
  create(userId: string): string;
  /** Returns the user that the code stands for; it stands for nobody afterwards. */
  take(code: string): string | undefined;
}

const VALID_MS = 24 * 3_600_000;

/** They live in this process alone: whoever starts the server again gets a new one. */
export function loginLinks(now: () => number): LoginLinks {
  const codes = new Map<string, { readonly userId: string; readonly until: number }>();
  return {
    create: (userId) => {
      const code = randomBytes(24).toString("base64url");
      codes.set(digest(code), { userId, until: now() + VALID_MS });
      return `/log-in/${code}/`;
    },
    take: (code) => {
      const found = codes.get(digest(code));
      codes.delete(digest(code));
      if (found === undefined) return undefined;
      const left = found.until - now();
      // More than all: it was made while the clock was ahead.
      return left > 0 && left <= VALID_MS ? found.userId : undefined;
    },
  };
}

/** Looked up by its hash, so that the time of an answer tells nothing of the codes. */
function digest(code: string): string {
  return createHash("sha256").update(code).digest("hex");
}
