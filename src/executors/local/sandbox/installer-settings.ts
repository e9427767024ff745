import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Files that tell package installers of indexes, mirrors and proxies. Without these a step would install from elsewhere
 * than the user does.
 */
const SETTINGS: readonly string[] = [
  ".cargo/config.toml",
  ".condarc",
  ".config/pip/pip.conf",
  ".config/uv/uv.toml",
  ".npmrc",
  ".pip/pip.conf",
];

/**
 * Logins stand in such files in many ways; a file that might hold one is not shown. They also are names and passwords
 * without a scheme before them (`proxy = me:pw@host`), keys, and parts of an address (conda's `/t/TOKEN/`, indexes for
 * which who knows the path may read).
 */
const MAY_BE_SECRET = new RegExp(
  [
    ...[String.raw`:\/\/[^\s/]*@`, String.raw`:[^\s/@:]+@[\w.-]`, "token", "passw", "_auth", "secret", "credential"],
    ...["(access|api|private|signing)[_-]?key", "BEGIN [A-Z ]*PRIVATE KEY", String.raw`\/t\/`],
    String.raw`:\/\/\S*\/(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{12,}(?![\w-])`,
  ].join("|"),
  "i",
);
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
