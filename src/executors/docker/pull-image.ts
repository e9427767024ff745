import type { Advice } from "../../advice.ts";
import { HeadraceError } from "../../errors.ts";
import { type EngineClient, EngineRefusal } from "./engine-client.ts";
import { type ImageName, parseImageName } from "./image-name.ts";
import { registryAuth } from "./registry-credentials.ts";

/** An image that the engine has. */
export interface LocalImage {
  /**
   * `sha256:…` of its configuration: containers are made of this, so that a tag that moves meanwhile changes nothing.
   */
  readonly id: string;
  /** `name@sha256:…` by which any registry gives the same image; absent for one that was built here. */
  readonly digest?: string;
  /** The user that its steps run as unless told otherwise. */
  readonly user: string;
  /** The platform it is made for: `linux/arm64`. */
  readonly platform: string;
}

export interface PullOptions {
  readonly client: EngineClient;
  readonly pull: "missing" | "always" | "never";
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: (detail: string) => void;
  readonly signal: AbortSignal;
}

const ANSWER_MS = 60_000;
/** Often enough to see that something moves. */
const REPORT_INTERVAL_MS = 500;

/**
 * The image of a name, pulled where the settings want it. Throws HR_STEP_START with what the registry said, and what
 * the client throws.
 */
export async function ensureImage(name: string, options: PullOptions): Promise<LocalImage> {
  const { client, pull } = options;
  const parsed = parseImageName(name);
  if (parsed === undefined && !name.startsWith("sha256:")) {
    throw new HeadraceError("HR_STEP_START", `\`${name}\` is no name of an image`, {
      hint: "write it as for `docker pull`, such as python:3.12-slim or ghcr.io/owner/name@sha256:…",
    });
  }
  const present = pull === "always" ? undefined : await inspectImage(client, name);
  if (present !== undefined) return present;
  if (pull === "never" || parsed === undefined) throw absent(name);
  await pullImage(name, parsed, options);
  const pulled = await inspectImage(client, name);
  if (pulled === undefined)
    throw new HeadraceError("HR_STEP_START", `the image ${name} was pulled, but the container engine does not have it`);
  return pulled;
}

/** Returns the image that the engine has under a name; undefined if there is none. */
export async function inspectImage(client: EngineClient, name: string): Promise<LocalImage | undefined> {
  try {
    const found = await client.call<{
      readonly Id: string;
      readonly RepoDigests?: readonly string[] | null;
      readonly Os?: string;
      readonly Architecture?: string;
      readonly Config?: { readonly User?: string } | null;
    }>({
      method: "GET",
      path: `/images/${encodeURIComponent(name)}/json`,
      timeoutMs: ANSWER_MS,
    });
    const digest = digestOf(name, found.RepoDigests ?? []);
    const platform = `${found.Os ?? "linux"}/${found.Architecture ?? "unknown"}`;
    return { id: found.Id, user: found.Config?.User ?? "", platform, ...(digest === undefined ? {} : { digest }) };
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return undefined;
    throw error;
  }
}

/** An image may have come from several registries: the digest of the one that was named. */
function digestOf(name: string, digests: readonly string[]): string | undefined {
  const wanted = parseImageName(name);
  return digests.find((digest) => {
    const found = parseImageName(digest);
    return found !== undefined && found.registry === wanted?.registry && found.repository === wanted.repository;
  });
}

function absent(name: string): HeadraceError {
  return new HeadraceError(
    "HR_STEP_START",
    `the image ${name} is not on this machine, and its environment does not pull (\`pull: never\`)`,
    {
      hint: `\`docker pull ${name}\` brings it`,
    },
  );
}

async function pullImage(name: string, image: ImageName, { client, env, report, signal }: PullOptions): Promise<void> {
  const auth = await registryAuth(image.registry, env);
  const tag = image.digest ?? image.tag ?? "latest";
  const from = `${image.registry}/${image.repository}`;
  report(`pulling the image ${name}`);
  const progress = new PullProgress(name, report);
  try {
    const lines = client.lines({
      method: "POST",
      path: `/images/create?fromImage=${encodeURIComponent(from)}&tag=${encodeURIComponent(tag)}`,
      headers: auth === undefined ? {} : { "X-Registry-Auth": auth },
      signal,
    });
    for await (const line of lines) {
      if (typeof line.error === "string") throw notPulled(name, line.error, auth !== undefined);
      progress.take(line);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof EngineRefusal) throw notPulled(name, error.message, auth !== undefined);
    throw error;
  }
}

function notPulled(name: string, said: string, loggedIn: boolean): HeadraceError {
  const denied = /denied|unauthorized|authentication required|no basic auth/i.test(said);
  const hint: Advice = denied
    ? loggedIn
      ? "the credentials of `docker login` do not allow it: check the name, and who you are there"
      : "check the name; for a private image run `docker login` first"
    : /not found|manifest unknown/i.test(said)
      ? "check the name and the tag"
      : [
          "check the network; ",
          { do: "set", option: "environment", value: "local" },
          " runs the step without its image",
        ];
  return new HeadraceError("HR_STEP_START", `the image ${name} cannot be pulled: ${said}`, { hint });
}

/** Adds the layers up: `pulling python:3.12: 40 of 120 MB`. */
class PullProgress {
  readonly #name: string;
  readonly #report: (detail: string) => void;
  readonly #layers = new Map<string, { readonly current: number; readonly total: number }>();
  #reportedAt = performance.now();

  constructor(name: string, report: (detail: string) => void) {
    this.#name = name;
    this.#report = report;
  }

  take({ id, status, progressDetail }: Readonly<Record<string, unknown>>): void {
    if (typeof id !== "string" || status !== "Downloading") return;
    const { current, total } = (progressDetail ?? {}) as { readonly current?: number; readonly total?: number };
    if (current === undefined || total === undefined) return;
    this.#layers.set(id, { current, total });
    if (performance.now() - this.#reportedAt < REPORT_INTERVAL_MS) return;
    this.#reportedAt = performance.now();
    const sum = (key: "current" | "total"): string =>
      ([...this.#layers.values()].reduce((all, layer) => all + layer[key], 0) / 1e6).toFixed(0);
    this.#report(`pulling the image ${this.#name}: ${sum("current")} of ${sum("total")} MB`);
  }
}
