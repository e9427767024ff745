import { spawn } from "node:child_process";
import { onAbort } from "../concurrency/index.ts";
import { HeadraceError } from "../errors.ts";
import { gitProgram } from "../snapshots/index.ts";

/** Git gets only these variables of the server's environment: how to reach the network, and no more. */
const KEPT = [
  ...["PATH", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO"],
  ...["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "all_proxy", "ALL_PROXY"],
];

/** On every call: nothing that a repository holds or configures is run, and no user's settings or credentials count. */
const SETTINGS: Readonly<Record<string, string>> = {
  "core.hooksPath": "/dev/null",
  "core.fsmonitor": "false",
  "credential.helper": "",
  "gc.auto": "0",
  "maintenance.auto": "false",
  "protocol.allow": "never",
  // A redirect would lead to a host whose address nobody has looked at.
  "http.followRedirects": "false",
  "http.lowSpeedLimit": "1000",
  "http.lowSpeedTime": "60",
  // The objects come from outside: what is malformed is refused before it is stored.
  "transfer.fsckObjects": "true",
  "fetch.fsck.zeroPaddedFilemode": "ignore",
  "fetch.fsck.missingSpaceBeforeDate": "ignore",
  "fetch.fsck.badTimezone": "ignore",
};

export interface GitCommand {
  readonly folder: string;
  readonly args: readonly string[];
  /** Further settings. They go through variables, which other users of the machine cannot see. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** The environment of the server; little of it reaches git. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A folder without files: what stands in a home is not for a project's git. */
  readonly home: string;
  readonly signal: AbortSignal;
}

export type GitResult =
  | { readonly ok: true; readonly output: string }
  /** The output of git, without anything that could be a credential. */
  | { readonly ok: false; readonly complaint: string };

/** Runs git apart from the server's user. Throws HR_PACKAGE_MISSING without git, and the signal's reason. */
export async function runRemoteGit(command: GitCommand): Promise<GitResult> {
  const { folder, args, settings, variables, env, home, signal } = command;
  const git = gitProgram();
  if (git === undefined)
    throw new HeadraceError("HR_PACKAGE_MISSING", "git is not installed", { hint: "install git on the server" });
  signal.throwIfAborted();
  const child = spawn(git, ["--no-pager", ...args], {
    cwd: folder,
    env: { ...environment(env, { ...SETTINGS, ...settings }), HOME: home, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: ssh and git-remote-https go with it.
    detached: true,
  });
  using _stopping = onAbort(signal, () => {
    if (child.pid !== undefined) killGroup(child.pid);
  });
  const output = collect(child.stdout);
  const complaint = collect(child.stderr, COMPLAINT_BYTES);
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject);
  child.once("close", resolve);
  const exitCode = await promise;
  signal.throwIfAborted();
  return exitCode === 0 ? { ok: true, output: output() } : { ok: false, complaint: complaint() };
}

const COMPLAINT_BYTES = 16_384;

function environment(
  env: GitCommand["env"],
  settings: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  const kept = KEPT.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  const given = Object.entries(settings).flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name] as const,
    [`GIT_CONFIG_VALUE_${index}`, value] as const,
  ]);
  return {
    ...Object.fromEntries([...kept, ...given]),
    GIT_CONFIG_COUNT: String(Object.keys(settings).length),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "true",
    SSH_ASKPASS: "true",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    LC_ALL: "C",
  };
}

/** Keeps the first bytes, and reads the rest away. */
function collect(stream: NodeJS.ReadableStream, most = Number.POSITIVE_INFINITY): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on("data", (chunk: Buffer) => {
    if (length < most) chunks.push(chunk.subarray(0, most - length));
    length += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
