import { createHash } from "node:crypto";
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { homeFolder } from "../../home-folders.ts";

type Variables = Readonly<Record<string, string | undefined>>;

export type EngineAddress =
  | { readonly ok: true; readonly socketPath: string }
  /**
   * Nothing is set up that could be reached, and why. `isElsewhere`: one is named that shares no folders with this
   * machine.
   */
  | { readonly ok: false; readonly reason: string; readonly hint: string; readonly isElsewhere: boolean };

/**
 * Returns the address where the container engine listens: what the environment's settings say, else DOCKER_HOST, else
 * the context that Docker's own command uses, else the usual places of Docker, Docker Desktop, rootless Docker and
 * Podman: the first one that this user may use, else the first one. Looks at files only.
 */
export function findEngine(configured: string | undefined, env: Variables): EngineAddress {
  const host = filled(configured) ?? filled(env.DOCKER_HOST) ?? contextHost(env);
  if (host !== undefined) return addressOf(host);
  const sockets = usualPlaces(env).filter(isSocket);
  const found = sockets.find(mayConnect) ?? sockets[0];
  if (found !== undefined) return { ok: true, socketPath: found };
  return {
    ok: false,
    reason: "no Docker or Podman was found on this machine",
    hint: "start Docker, or `systemctl --user start podman.socket`, or set DOCKER_HOST",
    isElsewhere: false,
  };
}

function addressOf(host: string): EngineAddress {
  if (host.startsWith("unix://")) return { ok: true, socketPath: host.slice("unix://".length) };
  if (host.startsWith("/")) return { ok: true, socketPath: host };
  return {
    ok: false,
    reason: `the engine at ${host} is not reached by a socket of this machine`,
    hint: "steps share folders with the engine, so that it has to run on this machine: use unix:///path/of/the/socket",
    isElsewhere: true,
  };
}

/** Docker makes a folder of that name where somebody mounts its socket into a container while it is not there. */
function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    return false;
  }
}

function mayConnect(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function usualPlaces(env: Variables): readonly string[] {
  const runtime = env.XDG_RUNTIME_DIR ?? `/run/user/${process.getuid?.() ?? 0}`;
  const home = homeOf(env);
  return [
    "/var/run/docker.sock",
    join(runtime, "docker.sock"),
    join(home, ".docker/run/docker.sock"),
    join(home, ".docker/desktop/docker.sock"),
    join(runtime, "podman/podman.sock"),
    "/run/podman/podman.sock",
  ];
}

/** The host of `docker context use NAME`: Docker's command keeps it under the name's digest. */
function contextHost(env: Variables): string | undefined {
  const folder = filled(env.DOCKER_CONFIG) ?? join(homeOf(env), ".docker");
  const name = filled(env.DOCKER_CONTEXT) ?? textAt(readJson(join(folder, "config.json")), "currentContext");
  if (name === undefined || name === "default") return undefined;
  const digest = createHash("sha256").update(name).digest("hex");
  const meta = readJson(join(folder, "contexts/meta", digest, "meta.json"));
  return textAt(recordAt(recordAt(meta, "Endpoints"), "docker"), "Host");
}

/** A file that is absent or broken says nothing: it is another program's. */
export function readJson(path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

export function recordAt(value: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  const found = Object.hasOwn(value, key) ? value[key] : undefined;
  return isRecord(found) ? found : {};
}

export function textAt(value: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const found = Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === "string" && found !== "" ? found : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function homeOf(env: Variables): string {
  return filled(env.HOME) ?? homeFolder({}) ?? "/";
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text.trim();
}
