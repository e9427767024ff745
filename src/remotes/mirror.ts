import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { HeadraceError } from "../errors.ts";
import { buildOnce, isDead, ownLabel } from "../machine/index.ts";
import { type AddressPolicy, resolveHost } from "../network/index.ts";
import { type GitResult, runRemoteGit } from "./git-command.ts";
import { parseRemoteUrl, type RemoteUrl, type TransportPolicy } from "./remote-url.ts";

/** A credential opens a private repository; each project has its own. */
export type RemoteCredential =
  /** A deploy key: an OpenSSH private key without a passphrase. */
  | { readonly kind: "ssh-key"; readonly key: string }
  /** A token or password over https. */
  | { readonly kind: "token"; readonly user: string; readonly token: string };

export interface Remote {
  readonly url: string;
  readonly credential?: RemoteCredential;
}

/** A branch or a tag of the remote, and the commit that it means. */
export interface RemoteRef {
  /** `main`, `v1.0` */
  readonly name: string;
  readonly kind: "branch" | "tag";
  readonly commit: string;
}

/** A commit that a branch or a tag means. */
export interface RemoteHead {
  readonly commit: string;
  readonly committedAt: number;
  /** The first line of its message. */
  readonly subject: string;
}

export interface MirrorOptions {
  /** The folder that has a folder for each mirror, and the facts that git must remember of hosts. */
  readonly folder: string;
  readonly addresses: AddressPolicy;
  readonly transports: TransportPolicy;
  /** Variables of the server: how it reaches the network. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const FETCH_MS = 15 * 60_000;
const REFS = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

/** A bare copy of a repository on this machine, brought up to date by `fetch`. It may be removed at any time. */
export class Mirror {
  /** The folder of the bare repository. */
  readonly folder: string;
  readonly #options: MirrorOptions;
  readonly #name: string;

  /** `name`: the name of the mirror's folder, such as the id of its project. */
  constructor(name: string, options: MirrorOptions) {
    this.#name = name;
    this.#options = options;
    this.folder = join(options.folder, `${name}.git`);
  }

  /**
   * Brings branches and tags up to date; those that the remote lost go. One process at a time fetches; others that come
   * meanwhile fetch after it. Throws HR_USAGE for an address that is not served, HR_FORBIDDEN for one of an inner
   * network, HR_INPUT_UNAVAILABLE where the remote cannot be reached or does not let one in.
   */
  async fetch(remote: Remote, signal: AbortSignal): Promise<readonly RemoteRef[]> {
    const url = parseRemoteUrl(remote.url, this.#options.transports);
    const addresses = url.transport === "file" ? [] : await resolveHost(url.host, this.#options.addresses);
    const all = AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]);
    mkdirSync(this.#options.folder, { recursive: true, mode: 0o700 });
    let isDone = false;
    await buildOnce({
      path: join(this.#options.folder, `${this.#name}.lock`),
      ...{ isDone: () => isDone, onWait: () => undefined, signal: all, repeats: true },
      build: async () => {
        // Locks of git that a killed process has left: nobody else works here now.
        removeLocks(this.folder);
        await this.#fetch(url, remote, addresses, all);
        isDone = true;
      },
    });
    return this.refs(signal);
  }

  /** As of the last fetch; none before the first. */
  async refs(signal: AbortSignal): Promise<readonly RemoteRef[]> {
    const format = "--format=%(refname)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)";
    const result = await this.#git(["for-each-ref", format, "refs/heads", "refs/tags"], signal);
    return result.ok ? result.output.split("\n").flatMap(parseRef) : [];
  }

  /** The commits of branches and tags, each once, as of the last fetch. */
  async heads(signal: AbortSignal): Promise<readonly RemoteHead[]> {
    const of = (star: string) => [`%(${star}objecttype)`, `%(${star}objectname)`, `%(${star}committerdate:unix)`];
    const format = `--format=${[...of(""), "%(contents:subject)", ...of("*"), "%(*contents:subject)"].join("%00")}`;
    const result = await this.#git(["for-each-ref", format, "refs/heads", "refs/tags"], signal);
    const heads = result.ok ? result.output.split("\n").flatMap(parseHead) : [];
    return [...new Map(heads.map((head) => [head.commit, head])).values()];
  }

  /** The commit that a branch, a tag or (the beginning of) a commit's name means. Throws HR_NOT_FOUND. */
  async resolve(ref: string, signal: AbortSignal): Promise<string> {
    const names = /^[0-9a-f]{4,64}$/.test(ref) ? [ref] : [];
    for (const name of [`refs/heads/${ref}`, `refs/tags/${ref}`, ...names]) {
      const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
      const result = ref === "" || ref.includes("..") ? undefined : await this.#git(args, signal);
      if (result?.ok === true) return result.output.trim();
    }
    throw new HeadraceError("HR_NOT_FOUND", `the repository has no branch, tag or commit “${ref}”`, {
      hint: "fetch the repository again if it is new there",
    });
  }

  async #fetch(url: RemoteUrl, remote: Remote, addresses: readonly string[], signal: AbortSignal): Promise<void> {
    const created = await this.#git(["init", "--quiet", "--bare", this.folder], signal, {
      folder: this.#options.folder,
    });
    if (!created.ok) throw unreachable(remote, url, created);
    // Beside the mirror, and not where everybody's files are: it may hold a key, and whoever comes next finds it.
    const scratch = await makeScratch(this.folder);
    try {
      const settings = { ...settingsOf(url, addresses), ...headerOf(url, remote.credential) };
      const variables = url.transport === "ssh" ? this.#sshVariables(url, remote, addresses, scratch) : {};
      const args = ["fetch", "--quiet", "--prune", "--force", "--no-write-fetch-head", "--end-of-options", url.url];
      const result = await this.#git([...args, ...REFS], signal, { settings, variables, home: scratch });
      if (!result.ok) throw unreachable(remote, url, result);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  #git(
    args: readonly string[],
    signal: AbortSignal,
    more: {
      readonly folder?: string;
      readonly settings?: Readonly<Record<string, string>>;
      readonly variables?: Readonly<Record<string, string>>;
      readonly home?: string;
    } = {},
  ): Promise<GitResult> {
    const { env } = this.#options;
    const folder = more.folder ?? this.folder;
    if (!existsSync(folder)) return Promise.resolve({ ok: false, complaint: "nothing was fetched yet" });
    return runRemoteGit({ folder, home: "/nonexistent", env, ...more, args, signal });
  }

  #sshVariables(
    url: RemoteUrl,
    { credential }: Remote,
    [address]: readonly string[],
    scratch: string,
  ): Readonly<Record<string, string>> {
    const options = [
      ...["BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "ForwardAgent=no", "PermitLocalCommand=no"],
      // The first key of a host is believed and kept; another one later is refused.
      ...["StrictHostKeyChecking=accept-new", `UserKnownHostsFile=${join(this.#options.folder, "known_hosts")}`],
      ...["ConnectTimeout=30", "ServerAliveInterval=15", "ServerAliveCountMax=4", "CheckHostIP=no"],
      ...(address === undefined ? [] : [`HostName=${address}`, `HostKeyAlias=${url.host}`]),
    ];
    if (credential?.kind === "ssh-key") {
      const file = join(scratch, "key");
      writeFileSync(file, credential.key.endsWith("\n") ? credential.key : `${credential.key}\n`, { mode: 0o600 });
      options.push(`IdentityFile=${file}`);
    } else options.push("IdentityFile=none");
    const words = ["ssh", "-F", "none", ...options.flatMap((option) => ["-o", option])];
    return { GIT_SSH_COMMAND: words.map(quoted).join(" "), GIT_SSH_VARIANT: "ssh" };
  }
}

/** Only this transport, and only the addresses that were looked at. */
function settingsOf(url: RemoteUrl, addresses: readonly string[]): Readonly<Record<string, string>> {
  const port = url.port ?? (url.transport === "http" ? 80 : 443);
  const isWeb = url.transport === "https" || url.transport === "http";
  const hosts = addresses.map((address) => (address.includes(":") ? `[${address}]` : address)).join(",");
  return {
    [`protocol.${url.transport}.allow`]: "always",
    ...(isWeb && { "http.curloptResolve": `${url.host.replace(/^\[|\]$/g, "")}:${port}:${hosts}` }),
  };
}

function headerOf(url: RemoteUrl, credential: RemoteCredential | undefined): Readonly<Record<string, string>> {
  if (credential?.kind !== "token" || (url.transport !== "https" && url.transport !== "http")) return {};
  const pair = Buffer.from(`${credential.user}:${credential.token}`).toString("base64");
  return { "http.extraHeader": `Authorization: Basic ${pair}` };
}

const BRANCH = "refs/heads/";
const TAG = "refs/tags/";

function parseRef(line: string): readonly RemoteRef[] {
  const [name = "", type, commit = "", peeledType, peeled = ""] = line.split("\0");
  if (name.startsWith(BRANCH) && type === "commit")
    return [{ name: name.slice(BRANCH.length), kind: "branch", commit }];
  if (!name.startsWith(TAG)) return [];
  const meant = type === "commit" ? commit : peeledType === "commit" ? peeled : undefined;
  return meant === undefined ? [] : [{ name: name.slice(TAG.length), kind: "tag", commit: meant }];
}

function parseHead(line: string): readonly RemoteHead[] {
  const fields = line.split("\0");
  const [type, commit = "", time, subject = ""] = fields[0] === "commit" ? fields : fields.slice(4);
  return type === "commit" ? [{ commit, committedAt: Number(time) * 1000, subject: subject.slice(0, 500) }] : [];
}

const SCRATCH = ".scratch.";

/** A folder of this process for one fetch, without those that killed processes have left. */
async function makeScratch(mirror: string): Promise<string> {
  await removeAbandonedScratch(dirname(mirror));
  const folder = `${mirror}${SCRATCH}${await ownLabel()}`;
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

/** Removes what killed processes had beside the mirrors in a folder: it may be the key of a repository. */
export async function removeAbandonedScratch(mirrors: string): Promise<void> {
  for (const name of readdirSync(mirrors)) {
    const at = name.indexOf(SCRATCH);
    if (at > 0 && (await isDead(name.slice(at + SCRATCH.length))))
      rmSync(join(mirrors, name), { recursive: true, force: true });
  }
}

function removeLocks(folder: string): void {
  let names: readonly string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return;
  }
  for (const name of names.filter((each) => each.endsWith(".lock"))) rmSync(join(folder, name), { force: true });
}

/** git says the address, which may name a user; a token never stands in it. */
function unreachable(remote: Remote, url: RemoteUrl, { complaint }: { readonly complaint: string }): HeadraceError {
  const lines = complaint.split("\n").map((line) => line.replace(/^(fatal|error|remote): /, "").trim());
  const told = lines.filter((line) => line !== "" && !line.startsWith("warning"));
  const why = told.find((line) => !/^(Please make sure|and the repository exists)/.test(line)) ?? "git has failed";
  const needsCredential = /authentication|permission denied|could not read Username|403|401/i.test(complaint);
  return new HeadraceError("HR_INPUT_UNAVAILABLE", `the repository ${url.url} cannot be fetched: ${why}`, {
    hint: needsCredential
      ? remote.credential === undefined
        ? "give the project a deploy key or a token for the repository"
        : "check the project's deploy key or token for the repository"
      : "check the address, and whether the server reaches it",
  });
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
