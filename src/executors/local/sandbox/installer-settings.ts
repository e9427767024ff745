import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Where package installers are told of indexes, mirrors and proxies. Without these a step would install from elsewhere than the user does. */
const SETTINGS: readonly string[] = [
  ".cargo/config.toml",
  ".condarc",
  ".config/pip/pip.conf",
  ".config/uv/uv.toml",
  ".npmrc",
  ".pip/pip.conf",
];

/** Logins stand in such files in many ways; a file that might hold one is not shown. */
const MAY_BE_SECRET = /:\/\/[^\s/]*@|token|passw|_auth|secret|credential/i;
const LARGEST_BYTES = 64 * 1024;

/** Those that are there and hold no login. */
export function plainInstallerSettings(home: string): readonly string[] {
  return SETTINGS.map((name) => join(home, name)).filter(isPlain);
}

function isPlain(path: string): boolean {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() === true && stats.size <= LARGEST_BYTES && !MAY_BE_SECRET.test(readFileSync(path, "utf8"));
  } catch {
    // Not for this user to read: then not for the step either.
    return false;
  }
}
