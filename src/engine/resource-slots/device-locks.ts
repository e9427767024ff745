import { randomBytes } from "node:crypto";
import type { Device } from "../../executors/index.ts";
import type { DeviceNeed } from "./resource-needs.ts";

/** Files that only one process can make. */
export interface LockFolder {
  /** False where the name is taken. */
  readonly make: (name: string) => boolean;
  readonly remove: (name: string) => void;
  readonly names: () => readonly string[];
}

/** By kind, the names by which the step finds them. */
export type GivenDevices = Readonly<Record<string, readonly Device[]>>;

/** Devices that belong to one step until they are given back. */
export interface DeviceClaim extends Disposable {
  readonly given: GivenDevices;
}

const PREFIX = "device-";

/** All that is needed, or nothing: undefined where too few are free. */
export function claimDevices(needs: readonly DeviceNeed[], folder: LockFolder): DeviceClaim | undefined {
  const made: string[] = [];
  const given: Record<string, readonly Device[]> = {};
  const claim = { given, [Symbol.dispose]: () => made.splice(0).forEach(folder.remove) };
  try {
    for (const { kind, count, among } of needs) {
      const taken: Device[] = [];
      for (const device of among) {
        if (taken.length === count) break;
        const name = lockName(device.key);
        if (!folder.make(name)) continue;
        // A step that was taken over from a dead engine has it all the same.
        if (isTakenOver(name, folder)) folder.remove(name);
        else {
          made.push(name);
          taken.push(device);
        }
      }
      if (taken.length < count) {
        claim[Symbol.dispose]();
        return undefined;
      }
      given[kind] = taken;
    }
    return claim;
  } catch (error) {
    claim[Symbol.dispose]();
    throw error;
  }
}

/** For a step that has them already, whoever has been given them since. */
export function adoptDevices(given: GivenDevices, folder: LockFolder): DeviceClaim {
  const made = Object.values(given)
    .flat()
    .map(({ key }) => {
      const name = lockName(key);
      if (folder.make(name)) return name;
      const beside = `${name}+${randomBytes(8).toString("hex")}`;
      folder.make(beside);
      return beside;
    });
  return { given, [Symbol.dispose]: () => made.splice(0).forEach(folder.remove) };
}

function lockName(key: string): string {
  return `${PREFIX}${encodeURIComponent(key)}`;
}

function isTakenOver(name: string, folder: LockFolder): boolean {
  return folder.names().some((other) => other.startsWith(`${name}+`));
}
