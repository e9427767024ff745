import { realpathSync } from "node:fs";
import { userInfo } from "node:os";

type Variables = Readonly<Record<string, string | undefined>>;

/** The user's home folder: `$HOME`, else what the password file says; undefined where neither names one. */
export function homeFolder(environment: Variables): string | undefined {
  const named = environment.HOME;
  return named?.startsWith("/") === true ? named : homeOfThePasswordFile();
}

/**
 * All homes of the user as real paths. They are two where `$HOME` is not what the password file says (sudo -E, cron,
 * services): programs use the one or the other, so that keys may lie in both.
 */
export function homeFolders(home: string | undefined): readonly string[] {
  const named = [home, process.env.HOME, homeOfThePasswordFile()].filter((path) => path?.startsWith("/") === true);
  return [...new Set(named.map((path) => realFolder(path ?? "")))];
}

let ofThePasswordFile: { readonly home: string | undefined } | undefined;

/**
 * Asked once: a directory service may have to answer. A user without an entry there (a number that a container was
 * given) has none.
 */
function homeOfThePasswordFile(): string | undefined {
  ofThePasswordFile ??= { home: askPasswordFile() };
  return ofThePasswordFile.home;
}

function askPasswordFile(): string | undefined {
  try {
    const { homedir: home } = userInfo();
    return home.startsWith("/") ? home : undefined;
  } catch {
    return undefined;
  }
}

function realFolder(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    // It does not exist, or not for this user: then it is known by its name alone.
    return path;
  }
}
