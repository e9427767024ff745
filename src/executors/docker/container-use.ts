import type { UseReading, UseTotals } from "../use/use-reading.ts";
import { containerName } from "./container-spec.ts";
import type { EngineClient } from "./engine-client.ts";

/** An engine that answers later is too busy to be asked again and again. */
const PATIENCE_MS = 10_000;

/** The part of the engine's answer that is read; Docker and Podman give the same one. */
export interface ContainerStats {
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
  readonly memory_stats?: { readonly usage?: number; readonly stats?: Readonly<Record<string, number>> | null };
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly { readonly op: string; readonly value: number }[] | null;
  };
  readonly networks?: Readonly<Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>> | null;
}

/**
 * Returns the use of a container as the engine reports it. An engine that is away reports nothing, which is not an
 * error.
 */
export async function useOfContainer(executionId: string, client: EngineClient): Promise<readonly UseReading[]> {
  // Without `one-shot` Docker waits a second to compare two readings.
  const path = `/containers/${containerName(executionId)}/stats?stream=false&one-shot=true`;
  try {
    const stats = await client.call<ContainerStats | undefined>({ method: "GET", path, timeoutMs: PATIENCE_MS });
    const reading = stats === undefined ? undefined : readStats(stats, Date.now());
    return reading === undefined ? [] : [reading];
  } catch {
    return [];
  }
}

/** Undefined for a container that does not run (any more): its figures are all 0. */
export function readStats(stats: ContainerStats, at: number): UseReading | undefined {
  const usage = stats.memory_stats?.usage;
  const cpu = stats.cpu_stats?.cpu_usage?.total_usage;
  if (!usage || cpu === undefined) return undefined;
  // As `docker stats`: pages of files that nobody has used for a while are there to be taken.
  const { inactive_file: idle = 0, total_inactive_file: idleInGroups = idle } = stats.memory_stats?.stats ?? {};
  return {
    at,
    totals: { cpu: cpu / 1e9, ...diskOf(stats), ...networkOf(stats) },
    memory: Math.max(0, usage - idleInGroups),
    // A container that shares the machine's network has none to tell of.
    ...(stats.networks ? { network: "step" as const } : {}),
  };
}

function diskOf({ blkio_stats: disk }: ContainerStats): Pick<UseTotals, "read" | "written"> {
  const entries = disk?.io_service_bytes_recursive;
  if (!entries) return {};
  const sum = (op: string): number =>
    entries.reduce((total, entry) => total + (entry.op.toLowerCase() === op ? entry.value : 0), 0);
  return { read: sum("read"), written: sum("write") };
}

function networkOf({ networks }: ContainerStats): Pick<UseTotals, "received" | "sent"> {
  if (!networks) return {};
  const all = Object.values(networks);
  return {
    received: all.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0),
    sent: all.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0),
  };
}
