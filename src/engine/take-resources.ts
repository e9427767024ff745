import type { EngineParts, ExecutionPlace } from "./engine-parts.ts";
import type { StepRun } from "./execute-step.ts";
import { givenBefore, isPrepared } from "./prepare-step.ts";
import { type DeviceNeed, inWords, NO_RESOURCES, resourcesFor } from "./resource-slots/resource-needs.ts";
import type { ResourceShare } from "./resource-slots/resource-slots.ts";

/** Its share of this machine, if it asks for one and runs here; one that was begun before has it already. */
export async function takeResources(parts: EngineParts, step: StepRun): Promise<ResourceShare | undefined> {
  const { node, execution, stop, abandon } = step;
  const machine = parts.machine;
  if (machine === undefined || node.step.resources === undefined) return undefined;
  const place = await parts.placeOf(execution);
  if (place.executor.capabilities.reachableFrom === "anywhere") return undefined;
  if (isPrepared(place.folder)) {
    const devices = givenBefore(place.folder);
    const need = resourcesFor(node.step, machine.size);
    return need === undefined && Object.keys(devices).length === 0
      ? undefined
      : machine.adopt(need ?? NO_RESOURCES, devices);
  }
  const need = resourcesFor(node.step, machine.size, await deviceNeeds(step, place));
  if (need === undefined) return undefined;
  const wish = {
    signal: AbortSignal.any([stop, abandon]),
    onWait: () => step.remarks.progress(`waits for ${inWords(need)}`),
  };
  const { members } = node;
  if (members === undefined) return await machine.take(need, wish);
  // Others of its group may run already, and wait for it.
  if (step.fence > 1 && need.devices === undefined) return machine.adopt(need);
  const group = `${step.run.id} ${node.name} ${execution.attempt}`;
  return await parts.groupShares.take(machine, { group, members, rank: (execution.trial ?? 1) - 1, need }, wish);
}

/**
 * Those of its devices that can be given; the executor refuses a step for which there are too few, and says where they
 * cannot be told apart.
 */
async function deviceNeeds(
  { node, execution }: StepRun,
  { executor, environment }: ExecutionPlace,
): Promise<readonly DeviceNeed[]> {
  const variables = { ...environment.variables, ...execution.environmentVariables };
  const needs: DeviceNeed[] = [];
  for (const [kind, count] of Object.entries(node.step.resources?.devices ?? {})) {
    const among = count > 0 ? await executor.listDevices?.(kind, variables) : undefined;
    if (among !== undefined && among.length >= count) needs.push({ kind, count, among });
  }
  return needs;
}
