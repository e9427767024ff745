import { describe, expect, it } from "vitest";
import { inWords, machineResources, type ResourceAmount, resourcesFor } from "./resource-needs.ts";

const amount = (cpu: number, memoryMb = 0): ResourceAmount => ({ milliCpu: Math.round(cpu * 1000), memoryMb });

describe("what a step takes", () => {
  const all = amount(4, 8_000);

  it.each([
    ["nothing", undefined, undefined],
    ["nothing in numbers", {}, undefined],
    ["what it needs", { cpu: { min: 2, max: 3 }, memory: { min: 100, max: 200 } }, amount(2, 100)],
    ["else what it may use", { cpu: { max: 3 }, memory: { max: 200 } }, amount(3, 200)],
    ["no more than there is", { cpu: { max: 64 }, memory: { max: 1_000_000 } }, all],
    ["no devices, where none can be given", { devices: { "nvidia.com/gpu": 1 } }, undefined],
  ])("%s", (_, resources, expected) => {
    expect(resourcesFor({ name: "s", ...(resources === undefined ? {} : { resources }) }, all)).toEqual(expected);
  });

  it.each([
    [{ cpu: { min: 5 } }, "step train needs 5 processors (resources.cpu.min), and this machine has 4"],
    [
      { memory: { min: 8_001 } },
      "step train needs 8001 MB of memory (resources.memory.min), and this machine has 8000 MB",
    ],
  ])("is refused where it can never be had: %j", (resources, message) => {
    expect(() => resourcesFor({ name: "train", resources }, all)).toThrow(message);
  });

  it("is a device alone, too", () => {
    const devices = [{ kind: "nvidia.com/gpu", count: 1, among: [{ key: "0", name: "0" }] }];
    expect(resourcesFor({ name: "s", resources: { devices: { "nvidia.com/gpu": 1 } } }, all, devices)).toEqual({
      ...amount(0),
      devices,
    });
    expect(inWords({ ...amount(2), devices })).toBe("2 processors and 1 nvidia.com/gpu");
  });

  it("is said in words", () => {
    expect([amount(1), amount(0.5, 100), amount(0, 100)].map(inWords)).toEqual([
      "1 processor",
      "0.5 processors and 100 MB of memory",
      "100 MB of memory",
    ]);
  });

  it("is held against a machine that has something", () => {
    expect(machineResources().milliCpu).toBeGreaterThanOrEqual(1_000);
    expect(machineResources().memoryMb).toBeGreaterThan(0);
  });
});
