import { randomBytes } from "node:crypto";
import { HeadraceError } from "../../errors.ts";
import { faultPoint } from "../../fault-point.ts";
import type {
  CodeRecords,
  CommitFilter,
  CommitRecord,
  Mirror,
  RemoteCredential,
  RemoteRef,
  RepositoryRecord,
  TransportPolicy,
} from "../../remotes/index.ts";
import { parseRemoteUrl } from "../../remotes/index.ts";
import { type KeyRing, openSecret, sealSecret } from "../../secrets/index.ts";
import type { ProjectRecord, Wish } from "../../store/index.ts";
import { isSigned } from "../../triggers/index.ts";
import { openProjectCode } from "../configuration/project-code.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { headOf } from "./default-branch.ts";
import { type ReceivedPackage, storePackage } from "./store-package.ts";

/** The change of a project's repository; what is absent stays. */
export interface RepositoryChange {
  readonly url?: string;
  /** `null`: none of its own. */
  readonly branch?: string | null;
  readonly configPath?: string | null;
  readonly credential?: RemoteCredential | null;
  /** The repository is fetched again after so many seconds. */
  readonly fetchEveryS?: number | null;
}

export interface ProjectCodeParts {
  readonly record: ProjectRecord;
  readonly project: ProjectResources;
  readonly code: CodeRecords;
  readonly mirror: Mirror;
  readonly transports: TransportPolicy;
  readonly keys: () => KeyRing;
  readonly now: () => number;
}

/** A version of the code, and the configuration in it. */
export interface CommitDetail extends CommitRecord {
  readonly config: unknown;
}

/** The code of a project on a server: its repository, what was fetched of it, and what was uploaded. */
export class ProjectCode {
  readonly #parts: ProjectCodeParts;

  constructor(parts: ProjectCodeParts) {
    this.#parts = parts;
  }

  repository(): Promise<RepositoryRecord | undefined> {
    return this.#parts.code.repository(this.#parts.record);
  }

  /**
   * Sets or changes the repository. A credential goes to no other address than the one that it was given for. Throws
   * HR_USAGE for an address that is not served, or a path that leaves the repository.
   */
  async setRepository(change: RepositoryChange, wish: Wish): Promise<RepositoryRecord> {
    const { code, record, transports } = this.#parts;
    const former = await this.repository();
    const url = change.url ?? former?.url;
    if (url === undefined)
      throw new HeadraceError("HR_USAGE", "the repository has no address", { hint: "give its url" });
    const address = parseRemoteUrl(url, transports);
    if (typeof change.configPath === "string") requirePath(change.configPath);
    const branch = chosen(change.branch, former?.branch);
    const configPath = chosen(change.configPath, former?.configPath);
    const fetchEveryS = chosen(change.fetchEveryS, former?.fetchEveryS);
    const isSamePlace = former !== undefined && isSameHost(address, parseRemoteUrl(former.url, ANY_TRANSPORT));
    const credential =
      change.credential === undefined
        ? isSamePlace
          ? former.credential
          : undefined
        : change.credential === null
          ? undefined
          : { kind: change.credential.kind, sealed: this.#seal(JSON.stringify(change.credential), "credential") };
    const webhookSecret = former?.webhookSecret;
    await code.setRepository(
      record,
      {
        url,
        ...(branch !== undefined && { branch }),
        ...(configPath !== undefined && { configPath }),
        ...(fetchEveryS !== undefined && { fetchEveryS }),
        ...(credential !== undefined && { credential }),
        ...(webhookSecret !== undefined && { webhookSecret }),
      },
      wish,
    );
    const made = await this.repository();
    if (made === undefined) throw new Error("the repository was set and is not there");
    return made;
  }

  removeRepository(wish: Wish): Promise<void> {
    return this.#parts.code.removeRepository(this.#parts.record, wish);
  }

  /** Makes a new secret for webhooks, which is told once. Throws HR_NOT_FOUND without a repository. */
  async renewWebhookSecret(wish: Wish): Promise<string> {
    const { code, record } = this.#parts;
    const repository = await this.#required();
    const secret = randomBytes(24).toString("base64url");
    await code.setRepository(record, { ...repository, webhookSecret: this.#seal(secret, "webhook") }, wish);
    return secret;
  }

  /**
   * A push was told: the repository is fetched soon, also if this process ends now. Throws HR_NOT_LOGGED_IN where the
   * message is not signed with the project's secret.
   */
  async notePush(body: Uint8Array, signature: string | undefined): Promise<void> {
    const { code, record, keys, now } = this.#parts;
    const sealed = (await this.repository())?.webhookSecret;
    const secret = sealed === undefined ? undefined : openSecret(keys(), sealed, this.#about("webhook"));
    if (
      secret === undefined ||
      !isSigned("github", { headers: { "x-hub-signature-256": signature?.trim() }, body }, secret, 0)
    )
      throw new HeadraceError("HR_NOT_LOGGED_IN", "the message is not signed with the project's webhook secret", {
        hint: "give the secret to the git host, and have it sign with SHA-256 (X-Hub-Signature-256)",
      });
    await code.askForFetch(record, now());
  }

  /**
   * Brings the repository up to date; returns the head of each branch and tag. Throws HR_NOT_FOUND without a
   * repository, and as `Mirror.fetch`.
   */
  async fetch(signal: AbortSignal): Promise<readonly RemoteRef[]> {
    const { code, record, mirror, now } = this.#parts;
    const repository = await this.#required();
    try {
      const credential = this.#credentialOf(repository);
      const remote = { url: repository.url, ...(credential !== undefined && { credential }) };
      const refs = await mirror.fetch(remote, signal);
      faultPoint("repository-fetched");
      const heads = await mirror.heads(signal);
      const names = new Map(refs.toReversed().map(({ commit, name }) => [commit, name]));
      const commits = heads.map(({ commit, committedAt, subject }) => ({
        ...{ identifier: commit, committedAt, isAdhoc: false, description: subject },
        ref: names.get(commit) ?? "",
      }));
      await code.recordFetch(record, { refs, commits }, now());
      faultPoint("fetch-recorded");
      return refs;
    } catch (error) {
      if (error instanceof HeadraceError) await code.recordFailure(record, error.message, now());
      throw error;
    }
  }

  refs(): Promise<readonly RemoteRef[]> {
    return this.#parts.code.refs(this.#parts.record);
  }

  /** The version that runs if nobody names one. */
  async head(): Promise<RemoteRef | undefined> {
    return headOf(await this.refs(), (await this.repository())?.branch);
  }

  commits(filter: CommitFilter): ReturnType<CodeRecords["commits"]> {
    return this.#parts.code.commits(this.#parts.record, filter);
  }

  /** By its full name, a branch or a tag. Throws HR_NOT_FOUND. */
  async commit(name: string, options: { readonly withConfig: boolean }): Promise<CommitDetail> {
    const { code, record, project } = this.#parts;
    const ref = name.startsWith("~") ? undefined : (await this.refs()).find((each) => each.name === name);
    const commit = await code.commit(record, ref?.commit ?? name);
    if (commit === undefined)
      throw new HeadraceError("HR_NOT_FOUND", `the project has no version “${name}” of its code`, {
        hint: "fetch the repository, or upload the code",
      });
    if (!options.withConfig) return { ...commit, config: undefined };
    const { parsedConfig } = await import("./parsed-config.ts");
    return { ...commit, config: await parsedConfig(await openProjectCode(project, commit.identifier)) };
  }

  /** Stores code that was uploaded. Throws HR_SNAPSHOT_FAILED, HR_PATH_ESCAPES or HR_TOO_LARGE. */
  async storePackage(received: ReceivedPackage, wish: Wish): Promise<CommitRecord> {
    const { code, record, project, now } = this.#parts;
    const { identifier } = await storePackage(project, received.content, { actor: wish.actor, now });
    faultPoint("code-stored");
    const { description, configPath } = await received.details();
    if (configPath !== undefined) requirePath(configPath);
    const commit: CommitRecord = {
      ...{ identifier, committedAt: now(), isAdhoc: true, description },
      ...(configPath !== undefined && { configPath }),
    };
    await code.addUpload(record, commit, wish);
    faultPoint("upload-recorded");
    return (await code.commit(record, identifier)) ?? commit;
  }

  async #required(): Promise<RepositoryRecord> {
    const repository = await this.repository();
    if (repository !== undefined) return repository;
    throw new HeadraceError("HR_NOT_FOUND", "the project has no repository", {
      hint: "set the project's repository first, or upload its code",
    });
  }

  #credentialOf({ credential }: RepositoryRecord): RemoteCredential | undefined {
    if (credential === undefined) return undefined;
    const text = openSecret(this.#parts.keys(), credential.sealed, this.#about("credential"));
    return JSON.parse(text) as RemoteCredential;
  }

  #seal(text: string, what: "credential" | "webhook"): string {
    return sealSecret(this.#parts.keys(), text, this.#about(what));
  }

  /** Returns the name to which a sealed text is bound. */
  #about(what: "credential" | "webhook"): string {
    return `${this.#parts.record.id}/repository/${what}`;
  }
}

const ANY_TRANSPORT: TransportPolicy = { files: true, plainHttp: true };

function chosen<T>(wanted: T | null | undefined, former: T | undefined): T | undefined {
  return wanted === undefined ? former : (wanted ?? undefined);
}

type Address = ReturnType<typeof parseRemoteUrl>;

function isSameHost(a: Address, b: Address): boolean {
  return a.transport === b.transport && a.host === b.host && a.port === b.port && a.transport !== "file";
}

function requirePath(path: string): void {
  const parts = path.split("/");
  if (parts.every((part) => part !== "" && part !== "." && part !== "..") && !path.includes("\0")) return;
  throw new HeadraceError("HR_USAGE", `${JSON.stringify(path)} is no path of a file in the repository`, {
    hint: "give the path from the repository's top, such as models/valohai.yaml",
  });
}
