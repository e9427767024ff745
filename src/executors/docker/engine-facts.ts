import type { EngineClient } from "./engine-client.ts";

export interface EngineFacts {
  /** `docker 28.2.2`, `podman 5.4.0` */
  readonly name: string;
  /** The engine itself runs without root: its containers' root is the user. */
  readonly rootless: boolean;
  /** As images name theirs: `linux/amd64`. */
  readonly platform: string;
  /** The step's limits that the engine does not keep, whatever it is asked for. */
  readonly ignores: readonly ("cpu" | "memory")[];
  readonly details: Readonly<Record<string, string>>;
}

/** Podman starts programs to find its own version: ten seconds on a busy machine. */
const ANSWER_MS = 60_000;

interface VersionAnswer {
  readonly Version?: string;
  readonly Os?: string;
  readonly Arch?: string;
  readonly Components?: readonly { readonly Name?: string }[] | null;
}

interface InfoAnswer {
  readonly SecurityOptions?: readonly string[] | null;
  /** Podman says it so. */
  readonly Rootless?: boolean;
  readonly CgroupVersion?: string;
  readonly MemoryLimit?: boolean;
  readonly CpuCfsQuota?: boolean;
  readonly NCPU?: number;
  readonly MemTotal?: number;
}

/** Returns what the engine says of itself. Throws what the client throws. */
export async function describeEngine(client: EngineClient, timeoutMs = ANSWER_MS): Promise<EngineFacts> {
  const [version, info] = await Promise.all([
    client.call<VersionAnswer>({ method: "GET", path: "/version", timeoutMs }),
    client.call<InfoAnswer>({ method: "GET", path: "/info", timeoutMs }),
  ]);
  return engineFacts(version, info, client.socketPath);
}

export function engineFacts(version: VersionAnswer, info: InfoAnswer, socketPath: string): EngineFacts {
  const isPodman = version.Components?.some((component) => component.Name === "Podman Engine") === true;
  const name = `${isPodman ? "podman" : "docker"} ${version.Version ?? "of unknown version"}`;
  const rootless =
    info.Rootless === true || info.SecurityOptions?.some((option) => option.includes("rootless")) === true;
  const ignores = ignoredLimits(info, rootless);
  return {
    name,
    rootless,
    platform: `${version.Os ?? "linux"}/${version.Arch ?? "unknown"}`,
    ignores,
    details: {
      engine: name,
      socket: socketPath,
      ...(rootless ? { rootless: "yes" } : {}),
      ...(ignores.length === 0 ? {} : { ignores: `limits of ${ignores.join(" and ")}` }),
      ...(info.NCPU === undefined ? {} : { cpus: String(info.NCPU) }),
      ...(info.MemTotal === undefined ? {} : { memory: `${(info.MemTotal / 1e9).toFixed(1)} GB` }),
    },
  };
}

/**
 * Without root, control groups of version 1 cannot be written; engines go on without limits then, and say so to their
 * own log at most.
 */
function ignoredLimits(
  { CgroupVersion, MemoryLimit, CpuCfsQuota }: InfoAnswer,
  rootless: boolean,
): EngineFacts["ignores"] {
  const all = rootless && CgroupVersion === "1";
  return [
    ...(all || CpuCfsQuota === false ? (["cpu"] as const) : []),
    ...(all || MemoryLimit === false ? (["memory"] as const) : []),
  ];
}
