import type { Resources } from "../config/index.ts";
import type { ResourceLimits } from "./settings.ts";

/**
 * The resources that a step asks for and may use, with the limits of its environment; the same fields as the executors'
 * `JobResources`.
 */
export interface StepResources {
  readonly cpuMin?: number;
  readonly cpuMax?: number;
  readonly memoryMinMb?: number;
  readonly memoryMaxMb?: number;
  readonly memoryMaxOf?: "environment";
  readonly devices?: Readonly<Record<string, number>>;
}

/** Fills what the step leaves open with the limits of its environment; undefined where neither says anything. */
export function stepResources(asked: Resources | undefined, limits: ResourceLimits): StepResources | undefined {
  const entries = Object.entries({
    cpuMin: asked?.cpu?.min,
    cpuMax: asked?.cpu?.max ?? limits.cpu,
    memoryMinMb: asked?.memory?.min,
    memoryMaxMb: asked?.memory?.max ?? limits.memoryMb,
    memoryMaxOf: asked?.memory?.max === undefined && limits.memoryMb !== undefined ? "environment" : undefined,
    devices: asked?.devices,
  }).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Returns the step's wishes that its environment cannot meet, in words: `16 processors of at most 8`. */
export function beyondLimits(asked: Resources | undefined, limits: ResourceLimits): readonly string[] {
  const beyond: string[] = [];
  const cpu = largest(asked?.cpu);
  if (cpu !== undefined && limits.cpu !== undefined && cpu > limits.cpu)
    beyond.push(`${cpu} processors of at most ${limits.cpu}`);
  const memory = largest(asked?.memory);
  if (memory !== undefined && limits.memoryMb !== undefined && memory > limits.memoryMb) {
    beyond.push(`${memory} MB of memory of at most ${limits.memoryMb}`);
  }
  for (const [name, count] of Object.entries(asked?.devices ?? {})) {
    const most = limits.devices === undefined ? undefined : (limits.devices[name] ?? 0);
    if (most !== undefined && count > most) beyond.push(`${count} × ${name} of at most ${most}`);
  }
  return beyond;
}

function largest(range: { readonly min?: number; readonly max?: number } | undefined): number | undefined {
  const bounds = [range?.min, range?.max].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? undefined : Math.max(...bounds);
}
