import { existsSync } from "node:fs";
import { EngineClient } from "./engine-client.ts";
import { findEngine } from "./find-engine.ts";

/** A daemon that is well answers a ping in a millisecond. One that hangs must not hold up every run. */
const PING_MS = 300;

const answers = new Map<string, Promise<boolean>>();

/** Whether a container engine answers on this machine; asked once per process. */
export async function pingEngine(host: string | undefined, env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const address = findEngine(host, env);
  if (!address.ok || !existsSync(address.socketPath)) return false;
  let answer = answers.get(address.socketPath);
  if (answer === undefined) {
    answer = ping(address.socketPath);
    answers.set(address.socketPath, answer);
  }
  return await answer;
}

async function ping(socketPath: string): Promise<boolean> {
  using client = new EngineClient(socketPath);
  try {
    const signal = AbortSignal.timeout(PING_MS);
    // Its answer is the text OK, and no JSON.
    for await (const _ of client.lines({ method: "GET", path: "/version", timeoutMs: PING_MS, signal })) return true;
    return false;
  } catch {
    return false;
  }
}
