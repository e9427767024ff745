import { availableParallelism, totalmem } from "node:os";
import type { Resources } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Device } from "../../executors/index.ts";

/** An amount of a machine. Thousandths of processors, so that a tenth and two tenths are three. */
export interface ResourceAmount {
  readonly milliCpu: number;
  readonly memoryMb: number;
  /** Absent: none. */
  readonly devices?: readonly DeviceNeed[];
}

/** So many devices of a kind, each of which is one step's alone. */
export interface DeviceNeed {
  /** As `resources.devices` names it: `nvidia.com/gpu`. */
  readonly kind: string;
  readonly count: number;
  /** Those that will do. */
  readonly among: readonly Device[];
}

export const NO_RESOURCES: ResourceAmount = { milliCpu: 0, memoryMb: 0 };

export function sumOf(amounts: readonly ResourceAmount[]): ResourceAmount {
  return amounts.reduce(
    (sum, one) => ({ milliCpu: sum.milliCpu + one.milliCpu, memoryMb: sum.memoryMb + one.memoryMb }),
    NO_RESOURCES,
  );
}

export function fits(need: ResourceAmount, all: ResourceAmount): boolean {
  return need.milliCpu <= all.milliCpu && need.memoryMb <= all.memoryMb;
}

/** Returns the resources that this process may use of the machine; in a container that is less than all of it. */
export function machineResources(): ResourceAmount {
  const constrained = process.constrainedMemory();
  const bytes = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return { milliCpu: availableParallelism() * 1000, memoryMb: Math.floor(bytes / 1024 / 1024) };
}

/**
 * Returns the resources that a step takes of the machine: the amount that it needs at least, else the amount that it
 * may use at most, as far as there is so much. Undefined when it asks for nothing; refuses a need that the machine can
 * never meet. `devices`: those that it can be given.
 */
export function resourcesFor(
  step: { readonly name: string; readonly resources?: Resources },
  all: ResourceAmount,
  devices: readonly DeviceNeed[] = [],
): ResourceAmount | undefined {
  const { cpu, memory } = step.resources ?? {};
  const milliCpu = Math.round((cpu?.min ?? Math.min(cpu?.max ?? 0, all.milliCpu / 1000)) * 1000);
  const memoryMb = memory?.min ?? Math.min(memory?.max ?? 0, all.memoryMb);
  if (milliCpu > all.milliCpu)
    throw tooLarge(step.name, `${milliCpu / 1000} processors (resources.cpu.min)`, String(all.milliCpu / 1000));
  if (memoryMb > all.memoryMb)
    throw tooLarge(step.name, `${memoryMb} MB of memory (resources.memory.min)`, `${all.memoryMb} MB`);
  if (milliCpu === 0 && memoryMb === 0 && devices.length === 0) return undefined;
  return { milliCpu, memoryMb, ...(devices.length === 0 ? {} : { devices }) };
}

export function inWords({ milliCpu, memoryMb, devices = [] }: ResourceAmount): string {
  const cpus = milliCpu === 0 ? [] : [`${milliCpu / 1000} ${milliCpu === 1000 ? "processor" : "processors"}`];
  const memory = memoryMb === 0 ? [] : [`${memoryMb} MB of memory`];
  return [...cpus, ...memory, ...devices.map(({ kind, count }) => `${count} ${kind}`)].join(" and ");
}

function tooLarge(step: string, need: string, has: string): HeadraceError {
  return new HeadraceError("HR_STEP_START", `step ${step} needs ${need}, and this machine has ${has}`, {
    hint: [
      "run it in an environment that has so much (",
      { do: "set", option: "environment" },
      "), or let the step ask for less",
    ],
  });
}
