import { describe, expect, test } from "vitest";
import { checkDevices } from "./device-count.ts";

const TWO_CARDS: Readonly<Record<string, readonly string[]>> = {
  "/dev": ["null", "nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "dri"],
  "/dev/dri": ["card0", "renderD128"],
};
const look = (folder: string): readonly string[] => TWO_CARDS[folder] ?? [];

describe("devices that a step asks for", () => {
  test.each<[Readonly<Record<string, number>>, Readonly<Record<string, string>>]>([
    [{ "nvidia.com/gpu": 2 }, {}],
    [{ "nvidia.com/gpu": 1 }, { CUDA_VISIBLE_DEVICES: "1" }],
    [{ "amd.com/gpu": 1 }, {}],
    [{ "nvidia.com/gpu": 0, "unknown.io/thing": 0 }, {}],
  ])("are there: %j with %j", (devices, variables) => {
    expect(() => checkDevices({ devices, variables }, look)).not.toThrow();
  });

  test.each<[Readonly<Record<string, number>>, Readonly<Record<string, string>>, string]>([
    [{ "nvidia.com/gpu": 3 }, {}, "the step needs 3 nvidia.com/gpu (resources.devices), and this machine has 2"],
    [{ "nvidia.com/gpu": 1 }, { CUDA_VISIBLE_DEVICES: "" }, "the step needs 1 nvidia.com/gpu (resources.devices), and this machine has 0"],
    [
      { "nvidia.com/gpu": 2 },
      { CUDA_VISIBLE_DEVICES: "0,-1,1" },
      "the step needs 2 nvidia.com/gpu (resources.devices), and this machine has 1",
    ],
    [{ "unknown.io/thing": 1 }, {}, "the step needs 1 unknown.io/thing (resources.devices), and this machine has 0"],
  ])("are not: %j with %j", (devices, variables, message) => {
    expect(() => checkDevices({ devices, variables }, look)).toThrow(message);
  });
});
