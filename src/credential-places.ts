import { lstatSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "./errors.ts";
import { homeFolders } from "./home-folders.ts";

/**
 * Below the home folder: keys, tokens and passwords of the tools that people who train models use, their browsers, and
 * shell histories. No list of them can be complete; steps see nothing of a home but what programs need
 * (executors/local/sandbox), and no input comes from what is hidden in one (sources/local).
 */
const OF_THE_USER = [
  ".ssh",
  ".gnupg",
  ".aws",
  ".azure",
  ".kube",
  ".docker",
  ".oci",
  ".password-store",
  ".mozilla",
  ".thunderbird",
  ".kaggle",
  ".netrc",
  ".git-credentials",
  ".pypirc",
  ".npmrc",
  ".pgpass",
  ".my.cnf",
  ".vault-token",
  ".s3cfg",
  ".boto",
  ".bash_history",
  ".zsh_history",
  ".python_history",
  ".psql_history",
  ".config/gcloud",
  ".config/gh",
  ".config/git/credentials",
  ".config/op",
  ".config/rclone",
  ".config/containers",
  ".config/google-chrome",
  ".config/chromium",
  ".config/BraveSoftware",
  ".config/Bitwarden",
  ".local/share/keyrings",
  ".local/share/containers",
  "clearml.conf",
  "snap",
];

/** Places of the machine that a step of root could read. */
const OF_THE_MACHINE = [
  "/etc/shadow",
  "/etc/shadow-",
  "/etc/gshadow",
  "/etc/gshadow-",
  "/etc/ssl/private",
  "/etc/wireguard",
  "/etc/NetworkManager/system-connections",
  "/etc/rancher",
  "/etc/kubernetes",
  "/var/lib/kubelet",
];

/**
 * The files that a package installer needs to find a private index and to log in to it, or to fetch what git serves.
 */
export const INDEX_LOGINS: readonly string[] = [
  ".netrc",
  ".pypirc",
  ".pip",
  ".config/pip",
  ".config/uv",
  ".local/share/uv/credentials",
  ".gitconfig",
  ".config/git/config",
];

/** A file or folder that is there. */
export interface CredentialPlace {
  /** Real path. */
  readonly path: string;
  readonly isFile: boolean;
}

/**
 * The places with credentials that exist here, save those that `shown` (absolute, or below the home folder) excepts.
 */
export function findCredentialPlaces(home: string | undefined, shown: readonly string[]): readonly CredentialPlace[] {
  const homes = homeFolders(home);
  const wanted = [
    ...homes.flatMap((folder) => OF_THE_USER.map((name) => join(folder, name))),
    ...OF_THE_MACHINE,
    ...hostKeys(),
  ];
  const excepted = new Set(
    shown.flatMap((name) => (name.startsWith("/") ? [name] : homes.map((folder) => join(folder, name)))),
  );
  const found = wanted.filter((path) => !excepted.has(path)).flatMap(lookAt);
  return [...new Map(found.map((place) => [place.path, place])).values()];
}

/** `HEADRACE_STEPS_SEE`: paths that stay visible, separated by colons; `~/` is the home folder. */
export function parseShown(text: string | undefined): readonly string[] {
  return (text ?? "")
    .split(":")
    .map((path) => path.trim().replace(/^~\//, "").replace(/\/+$/, ""))
    .filter((path) => path !== "");
}

function hostKeys(): readonly string[] {
  try {
    return readdirSync("/etc/ssh")
      .filter((name) => /^ssh_host_.*_key$/.test(name))
      .map((name) => `/etc/ssh/${name}`);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}

/**
 * A link is followed: people keep such files in a repository of their own. A step cannot reach what its user cannot.
 */
function lookAt(path: string): readonly CredentialPlace[] {
  try {
    // Asked first: most are not there, and this is done for every step; an exception costs ten times as much.
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return [];
    const real = realpathSync.native(path);
    const stats = lstatSync(real);
    return stats.isDirectory() || stats.isFile() ? [{ path: real, isFile: stats.isFile() }] : [];
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}
