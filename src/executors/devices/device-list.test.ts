import { describe, expect, test } from "vitest";
import { checkDevices, DeviceList, type DeviceSigns, deviceVariables } from "./device-list.ts";

const FILES: Readonly<Record<string, readonly string[]>> = {
  "/dev": ["null", "nvidia1", "nvidia0", "nvidiactl", "nvidia-uvm", "dri"],
  "/dev/dri": ["card0", "renderD128", "renderD129", "renderD130"],
};
const VENDORS: Readonly<Record<string, string>> = {
  "/sys/class/drm/renderD128/device/vendor": "0x8086\n",
  "/sys/class/drm/renderD129/device/vendor": "0x1002\n",
};
const TWO = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa1111-0000)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bbbb2222-0000)
`;
const DIVIDED = `${TWO}  MIG 1g.5gb      Device  0: (UUID: MIG-cccc3333-0000)
  MIG 2g.10gb     Device  1: (UUID: MIG-dddd4444-0000)
`;

function listOf(smi: string | undefined, files = FILES): DeviceList {
  const signs: DeviceSigns = {
    nvidiaSmi: async () => smi,
    listed: (folder) => files[folder] ?? [],
    read: (file) => VENDORS[file],
  };
  return new DeviceList(signs);
}

const namesOf = async (list: DeviceList, kind: string, variables = {}): Promise<readonly string[] | undefined> =>
  (await list.of(kind, variables))?.map(({ name }) => name);

describe("devices of this machine", () => {
  test("are those of nvidia-smi, by names that mean the same in every order", async () => {
    expect(await namesOf(listOf(TWO), "nvidia.com/gpu")).toEqual(["GPU-aaaa1111-0000", "GPU-bbbb2222-0000"]);
  });

  test("are device files where it cannot be asked, and have the same keys", async () => {
    expect(await namesOf(listOf(undefined), "nvidia.com/gpu")).toEqual(["0", "1"]);
    const keys = async (smi: string | undefined) => (await listOf(smi).of("nvidia.com/gpu", {}))?.map(({ key }) => key);
    expect(await keys(undefined)).toEqual(await keys(TWO));
  });

  test.each<[string, readonly string[]]>([
    ["1", ["GPU-bbbb2222-0000"]],
    ["1,0", ["GPU-bbbb2222-0000", "GPU-aaaa1111-0000"]],
    ["0,-1,1", ["GPU-aaaa1111-0000"]],
    ["GPU-bbbb", ["GPU-bbbb2222-0000"]],
    ["0,0", ["GPU-aaaa1111-0000"]],
    ["", []],
    ["none", []],
    ["7", []],
  ])("are bounded by CUDA_VISIBLE_DEVICES=%s", async (chosen, expected) => {
    expect(await namesOf(listOf(TWO), "nvidia.com/gpu", { CUDA_VISIBLE_DEVICES: chosen })).toEqual(expected);
  });

  test("are the parts of a card that is divided, by their size as well", async () => {
    const list = listOf(DIVIDED);
    expect(await namesOf(list, "nvidia.com/gpu")).toEqual([
      "GPU-aaaa1111-0000",
      "MIG-cccc3333-0000",
      "MIG-dddd4444-0000",
    ]);
    expect(await namesOf(list, "nvidia.com/mig-2g.10gb")).toEqual(["MIG-dddd4444-0000"]);
  });

  test("of AMD are numbered among themselves", async () => {
    expect(await namesOf(listOf(undefined), "amd.com/gpu")).toEqual(["0", "1"]);
    expect(await namesOf(listOf(undefined), "amd.com/gpu", { ROCR_VISIBLE_DEVICES: "1" })).toEqual(["1"]);
  });

  test("cannot be told apart in WSL without nvidia-smi", async () => {
    const list = listOf(undefined, { "/dev": ["dxg"] });
    expect(await namesOf(list, "nvidia.com/gpu")).toBeUndefined();
    expect(await namesOf(list, "nvidia.com/gpu", { CUDA_VISIBLE_DEVICES: "" })).toEqual([]);
    expect(await checkDevices(list, { "nvidia.com/gpu": 1 }, {})).toBe(
      "the devices of resources.devices cannot be told apart on this machine: each step sees all of them (run one step at a time, or use CUDA_VISIBLE_DEVICES, to keep steps apart)",
    );
  });
});

describe("devices that a step asks for", () => {
  test("are refused where the machine has fewer", async () => {
    const list = listOf(TWO);
    expect(await checkDevices(list, { "nvidia.com/gpu": 2, "unknown.io/thing": 0 }, {})).toBeUndefined();
    await expect(checkDevices(list, { "nvidia.com/gpu": 3 }, {})).rejects.toThrow(
      "the step needs 3 nvidia.com/gpu (resources.devices), and this machine has 2",
    );
    await expect(checkDevices(list, { "unknown.io/thing": 1 }, {})).rejects.toThrow(
      "the step needs 1 unknown.io/thing (resources.devices), and this machine has 0",
    );
  });

  test.each<[Readonly<Record<string, readonly string[]>>, Readonly<Record<string, string>>]>([
    [{}, {}],
    [
      { "nvidia.com/gpu": ["GPU-a", "GPU-b"] },
      { CUDA_VISIBLE_DEVICES: "GPU-a,GPU-b", NVIDIA_VISIBLE_DEVICES: "GPU-a,GPU-b" },
    ],
    [
      { "nvidia.com/gpu": ["1"] },
      { CUDA_VISIBLE_DEVICES: "1", NVIDIA_VISIBLE_DEVICES: "1", CUDA_DEVICE_ORDER: "PCI_BUS_ID" },
    ],
    [{ "amd.com/gpu": ["2", "3"] }, { ROCR_VISIBLE_DEVICES: "2,3", HIP_VISIBLE_DEVICES: "0,1" }],
  ])("are all that it sees: %j", (given, variables) => {
    expect(deviceVariables(given)).toEqual(variables);
  });
});
