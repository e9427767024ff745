/** The answer of `git ls-files -z -v --stage --cached --others`. */
export interface GitFiles {
  readonly tracked: readonly string[];
  readonly untracked: readonly string[];
  /** Repositories within this one: submodules, and some that lie there untracked. */
  readonly repositories: readonly { readonly path: string; readonly isSubmodule: boolean }[];
  /** Tracked files that git was told not to look at: its word on them is worth nothing. */
  readonly unwatched: readonly string[];
  /** Shown with replacement characters: no text names these files. */
  readonly notUtf8: readonly string[];
}

const SUBMODULE = "160000";

export function parseGitFiles(output: Buffer): GitFiles {
  const tracked = new Set<string>();
  const untracked: string[] = [];
  const repositories = new Map<string, boolean>();
  const unwatched: string[] = [];
  const { entries, notUtf8 } = decodeEntries(output);
  for (const entry of entries) {
    const tag = entry.charAt(0);
    if (tag === "?") {
      const path = entry.slice(2);
      if (path.endsWith("/")) repositories.set(path.slice(0, -1), false);
      else untracked.push(path);
      continue;
    }
    // `<tag> <mode> <object> <stage>\t<path>`; a file in conflict stands there once for each stage.
    const path = entry.slice(entry.indexOf("\t") + 1);
    if (entry.startsWith(SUBMODULE, 2)) repositories.set(path, true);
    else tracked.add(path);
    // S: skip-worktree; lower case: assume-unchanged.
    if (tag === "S" || tag !== tag.toUpperCase()) unwatched.push(path);
  }
  const nested = [...repositories].map(([path, isSubmodule]) => ({ path, isSubmodule }));
  return { tracked: [...tracked], untracked, repositories: nested, unwatched, notUtf8 };
}

function decodeEntries(output: Buffer): { readonly entries: readonly string[]; readonly notUtf8: readonly string[] } {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return { entries: strict.decode(output).split("\0").slice(0, -1), notUtf8: [] };
  } catch {
    const entries: string[] = [];
    const notUtf8: string[] = [];
    for (let start = 0, end = output.indexOf(0); end >= 0; start = end + 1, end = output.indexOf(0, start)) {
      const bytes = output.subarray(start, end);
      try {
        entries.push(strict.decode(bytes));
      } catch {
        notUtf8.push(bytes.toString().replace(/^\? |^[^\t]*\t/, ""));
      }
    }
    return { entries, notUtf8 };
  }
}

/** The answer of `git status -z --porcelain=v2 --branch --no-renames` on tracked files. */
export interface GitStatus {
  /** Absent before the first commit. */
  readonly commit?: string;
  /** Absent on a detached HEAD. */
  readonly branch?: string;
  /** Relative to the repository's top. */
  readonly changed: readonly string[];
}

export function parseGitStatus(output: string): GitStatus {
  const lines = output.split("\0").filter(Boolean);
  const header = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`# ${name} `))?.slice(name.length + 3);
  const commit = header("branch.oid");
  const branch = header("branch.head");
  const changed = lines.flatMap((line) => {
    // `1 XY sub mH mI mW hH hI path`, and for a conflict `u XY sub m1 m2 m3 mW h1 h2 h3 path`.
    const fields = { "1": 8, u: 10 }[line.charAt(0)];
    return fields === undefined ? [] : [line.split(" ").slice(fields).join(" ")];
  });
  return {
    changed,
    ...(commit === undefined || commit === "(initial)" ? {} : { commit }),
    ...(branch === undefined || branch === "(detached)" ? {} : { branch }),
  };
}
