import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { HeadraceError } from "../../errors.ts";
import { EngineClient, EngineRefusal, EngineUnreachable, explainEngine, isForbidden } from "./engine-client.ts";
import { findEngine } from "./find-engine.ts";

/**
 * Whether the container engine of this machine can be used. Only `absent` lets a step with an image run without it: an engine that is there and
 * cannot be asked says nothing of where the step belongs.
 */
export type DockerPresence =
  | { readonly kind: "answers" }
  /** Nothing of the kind is here; `reason` where the user has named one that cannot be used for steps. */
  | { readonly kind: "absent"; readonly reason?: string }
  | { readonly kind: "silent"; readonly reason: string; readonly hint?: string };

/** An answer takes some milliseconds; a daemon that is just starting, or a machine with too much to do, may take seconds. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 250;

const answers = new Map<string, Promise<DockerPresence>>();

/** Asks the container engine for a sign of life; once per process. */
export async function pingEngine(
  host: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  patienceMs = PATIENCE_MS,
): Promise<DockerPresence> {
  const address = findEngine(host, env);
  if (!address.ok) return { kind: "absent", ...(address.isElsewhere ? { reason: address.reason } : {}) };
  const { socketPath } = address;
  if (!existsSync(socketPath)) return { kind: "absent" };
  let answer = answers.get(socketPath);
  if (answer === undefined) {
    answer = ping(socketPath, patienceMs);
    answers.set(socketPath, answer);
  }
  return await answer;
}

async function ping(socketPath: string, patienceMs: number): Promise<DockerPresence> {
  using client = new EngineClient(socketPath);
  const deadline = performance.now() + patienceMs;
  while (true) {
    const error = await failureOfPing(client, Math.max(1, deadline - performance.now()));
    if (error === undefined) return { kind: "answers" };
    if (isForbidden(error) || performance.now() + PAUSE_MS > deadline) return silent(error);
    await delay(PAUSE_MS);
  }
}

/** Whatever it answers, it is there. `/version` would do as well, but Podman starts programs for it: seconds on a busy machine. */
async function failureOfPing(client: EngineClient, timeoutMs: number): Promise<EngineUnreachable | undefined> {
  try {
    await client.ping(timeoutMs);
    return undefined;
  } catch (error) {
    if (error instanceof EngineRefusal) return undefined;
    if (error instanceof EngineUnreachable) return error;
    throw error;
  }
}

function silent(error: EngineUnreachable): DockerPresence {
  const explained = explainEngine(error, "the container engine cannot be used");
  if (!(explained instanceof HeadraceError)) throw error;
  return { kind: "silent", reason: explained.message, ...(explained.hint === undefined ? {} : { hint: explained.hint }) };
}
