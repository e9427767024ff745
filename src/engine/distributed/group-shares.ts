import { HeadraceError } from "../../errors.ts";
import { fits, inWords, type ResourceAmount } from "../resource-slots/resource-needs.ts";
import type { ResourceShare, ResourceSlots, SlotRequest } from "../resource-slots/resource-slots.ts";

export interface MemberNeed {
  /** The same for all members, and for no other group. */
  readonly group: string;
  readonly members: number;
  /** From 0. */
  readonly rank: number;
  /** The part that one member takes. */
  readonly need: ResourceAmount;
}

interface Shared {
  readonly share: Promise<ResourceShare>;
  users: number;
}

/**
 * The members of a distributed task take their parts of the machine as one: were each to take its own, two groups could
 * wait for each other for ever, with half of the machine each.
 */
export class GroupShares {
  readonly #shared = new Map<string, Shared>();

  async take(
    machine: ResourceSlots,
    { group, members, rank, need }: MemberNeed,
    wish: SlotRequest,
  ): Promise<ResourceShare> {
    const shared = this.#shared.get(group) ?? { share: machine.take(allOf(need, members, machine), wish), users: 0 };
    this.#shared.set(group, shared);
    shared.users++;
    let isHeld = true;
    const leave = (): void => {
      if (!isHeld) return;
      isHeld = false;
      shared.users--;
      if (shared.users > 0) return;
      if (this.#shared.get(group) === shared) this.#shared.delete(group);
      shared.share.then(
        (share) => share[Symbol.dispose](),
        () => undefined,
      );
    };
    try {
      const { devices } = await shared.share;
      const own = Object.entries(devices).map(([kind, given]) => {
        const count = given.length / members;
        return [kind, given.slice(rank * count, (rank + 1) * count)] as const;
      });
      return { devices: Object.fromEntries(own), [Symbol.dispose]: leave };
    } catch (error) {
      leave();
      throw error;
    }
  }
}

function allOf(
  { milliCpu, memoryMb, devices = [] }: ResourceAmount,
  members: number,
  machine: ResourceSlots,
): ResourceAmount {
  const all = {
    milliCpu: milliCpu * members,
    memoryMb: memoryMb * members,
    ...(devices.length === 0 ? {} : { devices: devices.map((each) => ({ ...each, count: each.count * members })) }),
  };
  const lacks = (all.devices ?? []).some(({ count, among }) => among.length < count);
  if (fits(all, machine.size) && !lacks) return all;
  const found = (all.devices ?? []).map(({ kind, among }) => `${among.length} ${kind}`);
  const has = [inWords({ ...machine.size, devices: [] }), ...found].join(" and ");
  throw new HeadraceError(
    "HR_STEP_START",
    `the ${members} members of the distributed task need ${inWords(all)}, and this machine has ${has}`,
    { hint: "run it where there is so much, let the step ask for less, or take fewer members (`execution-count`)" },
  );
}
