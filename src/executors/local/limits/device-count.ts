import { readdirSync } from "node:fs";
import { HeadraceError } from "../../../errors.ts";

/** The device files of each kind that can be counted, by the name that `resources.devices` has for the kind. */
const COUNTED: readonly { readonly kind: RegExp; readonly file: RegExp; readonly folder: string; readonly chosenBy: string }[] = [
  { kind: /^nvidia\.com\/(gpu|mig-.*)$/, file: /^nvidia\d+$/, folder: "/dev", chosenBy: "CUDA_VISIBLE_DEVICES" },
  { kind: /^amd\.com\/gpu$/, file: /^renderD\d+$/, folder: "/dev/dri", chosenBy: "ROCR_VISIBLE_DEVICES" },
];

export interface DeviceWish {
  readonly devices: Readonly<Record<string, number>>;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Refuses a step that asks for more devices than this machine has: without them it would compute on processors, for days perhaps, and nobody would know.
 * `listed`: the names in a folder.
 */
export function checkDevices({ devices, variables }: DeviceWish, listed: (folder: string) => readonly string[] = namesIn): void {
  for (const [kind, wanted] of Object.entries(devices)) {
    const has = wanted > 0 ? countOf(kind, variables, listed) : wanted;
    if (has >= wanted) continue;
    throw new HeadraceError("HR_STEP_START", `the step needs ${wanted} ${kind} (resources.devices), and this machine has ${has}`, {
      hint: "Run it in an environment that has so many (--environment), or let the step ask for less.",
    });
  }
}

/** Said where a step gets what it asked for: it sees the others as well. */
export const DEVICES_NOT_ASSIGNED =
  "on this machine the devices of resources.devices are not assigned to single steps: each step sees all of them (use --jobs 1, or CUDA_VISIBLE_DEVICES, to keep steps apart)";

function countOf(kind: string, variables: DeviceWish["variables"], listed: (folder: string) => readonly string[]): number {
  const counted = COUNTED.find((one) => one.kind.test(kind));
  if (counted === undefined) return 0;
  // In WSL the cards are behind one device, and cannot be counted here.
  const there = kind.startsWith("nvidia.com/") && listed("/dev").includes("dxg") ? Number.POSITIVE_INFINITY : 0;
  const found = Math.max(there, listed(counted.folder).filter((name) => counted.file.test(name)).length);
  const chosen = variables[counted.chosenBy];
  return chosen === undefined ? found : Math.min(found, visibleIn(chosen));
}

/** As CUDA reads it: the list ends at the first entry that names no device. */
function visibleIn(list: string): number {
  const entries = list.split(",").map((entry) => entry.trim());
  const end = entries.findIndex((entry) => entry === "" || entry.startsWith("-") || /^(none|void|NoDevFiles)$/i.test(entry));
  return end < 0 ? entries.length : end;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
