import type { EngineClient } from "./engine-client.ts";

export interface EngineFacts {
  /** `docker 28.2.2`, `podman 5.4.0` */
  readonly name: string;
  /** The engine itself runs without root: its containers' root is the user. */
  readonly rootless: boolean;
  readonly details: Readonly<Record<string, string>>;
}

const ANSWER_MS = 10_000;

/** What the engine says of itself. Throws what the client throws. */
export async function describeEngine(client: EngineClient): Promise<EngineFacts> {
  const [version, info] = await Promise.all([
    client.call<{ readonly Version?: string; readonly Components?: readonly { readonly Name?: string }[] }>({
      method: "GET",
      path: "/version",
      timeoutMs: ANSWER_MS,
    }),
    client.call<{ readonly SecurityOptions?: readonly string[] | null; readonly NCPU?: number; readonly MemTotal?: number }>({
      method: "GET",
      path: "/info",
      timeoutMs: ANSWER_MS,
    }),
  ]);
  const isPodman = version.Components?.some((component) => component.Name === "Podman Engine") === true;
  const name = `${isPodman ? "podman" : "docker"} ${version.Version ?? "of unknown version"}`;
  const rootless = info.SecurityOptions?.some((option) => option.includes("rootless")) === true;
  return {
    name,
    rootless,
    details: {
      engine: name,
      socket: client.socketPath,
      ...(rootless ? { rootless: "yes" } : {}),
      ...(info.NCPU === undefined ? {} : { cpus: String(info.NCPU) }),
      ...(info.MemTotal === undefined ? {} : { memory: `${(info.MemTotal / 1e9).toFixed(1)} GB` }),
    },
  };
}
