import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { HeadraceError } from "../../errors.ts";
import type { MachineFacts } from "../../machine/index.ts";
import type { Presence } from "../executor-kind.ts";
import { EngineClient, EngineRefusal, EngineUnreachable, explainEngine, isForbidden } from "./engine-client.ts";
import { findEngine } from "./find-engine.ts";

/**
 * An answer takes some milliseconds; a daemon that is just starting, or a machine with too much to do, may take
 * seconds.
 */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 250;

/**
 * Asks the container engine for a sign of life. One that answered is not asked again; a silent one is, since a server
 * or an engine may live for months, and callers that ask at the same time share the question.
 */
export async function pingEngine(
  host: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  { machine, patienceMs = PATIENCE_MS }: PingOptions,
): Promise<Presence> {
  const address = findEngine(host, env);
  if (!address.ok) return { kind: "absent", ...(address.isElsewhere ? { reason: address.reason } : {}) };
  const { socketPath } = address;
  if (!existsSync(socketPath)) return { kind: "absent" };
  const isLasting = ({ kind }: Presence): boolean => kind === "answers";
  return await machine.once(ping, socketPath, () => ping(socketPath, patienceMs), { isLasting });
}

interface PingOptions {
  /** The facts that are known of this machine. */
  readonly machine: MachineFacts;
  readonly patienceMs?: number;
}

async function ping(socketPath: string, patienceMs: number): Promise<Presence> {
  using client = new EngineClient(socketPath);
  const deadline = performance.now() + patienceMs;
  while (true) {
    const error = await failureOfPing(client, Math.max(1, deadline - performance.now()));
    if (error === undefined) return { kind: "answers" };
    if (isForbidden(error) || performance.now() + PAUSE_MS > deadline) return silent(error);
    await delay(PAUSE_MS);
  }
}

/**
 * The engine is there, whatever it answers. `/version` would do as well, but Podman starts programs for it: seconds on
 * a busy machine.
 */
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

function silent(error: EngineUnreachable): Presence {
  const explained = explainEngine(error, "the container engine cannot be used");
  if (!(explained instanceof HeadraceError)) throw error;
  return {
    kind: "silent",
    reason: explained.message,
    ...(explained.advice.hint === undefined ? {} : { hint: explained.advice.hint }),
  };
}
