import { lstatSync, readdirSync } from "node:fs";

/** The devices that every program may count on; none of them reaches a disk or another process. */
const PLAIN: readonly string[] = ["null", "zero", "full", "random", "urandom", "tty"];

/**
 * Accelerators and the fast network between them: NVIDIA (also Tegra), AMD and Intel, WSL, Habana and other kernel
 * accelerators, Ascend, AWS Neuron, InfiniBand. `/dev/vfio` (some TPUs) is left out, since it gives a device's whole
 * memory access away.
 */
const ACCELERATOR =
  /^(nvidia.*|nvhost.*|nvmap|dri|kfd|dxg|accel.*|hl\d.*|davinci.*|devmm_svm|hisi_hdc|neuron\d+|infiniband)$/;

/** The names below /dev that a step sees; disks, kernel memory, consoles and the like are not among them. */
export function shownDevices(all: readonly string[] = readdirSync("/dev")): readonly string[] {
  return [...PLAIN, ...all.filter((name) => ACCELERATOR.test(name)).sort()];
}

/** Those that bubblewrap does not make by itself. */
export function beyondPlain(names: readonly string[]): readonly string[] {
  return names.filter((name) => !PLAIN.includes(name));
}

export function isDeviceFolder(name: string): boolean {
  return lstatSync(`/dev/${name}`, { throwIfNoEntry: false })?.isDirectory() === true;
}
