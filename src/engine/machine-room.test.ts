import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inWords, MachineRoom, type Room, roomFor, roomHere } from "./machine-room.ts";

const room = (cpu: number, memoryMb = 0): Room => ({ milliCpu: Math.round(cpu * 1000), memoryMb });
const never = new AbortController().signal;

/** Lets everything happen that can. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("MachineRoom", () => {
  it("lets in what fits, and the next in line when there is room", async () => {
    const machine = new MachineRoom(room(4, 1_000));
    const first = await machine.take(room(3), never);
    const order: string[] = [];
    const large = machine.take(room(2), never).then((held) => {
      order.push("large");
      return held;
    });
    const small = machine.take(room(1), never).then((held) => {
      order.push("small");
      return held;
    });
    await settle();
    // The small one would fit, and waits its turn.
    expect(order).toEqual([]);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    await settle();
    expect(order).toEqual(["large", "small"]);
    (await large)[Symbol.dispose]();
    (await small)[Symbol.dispose]();
    expect(machine.isFull(room(4, 1_000))).toBe(false);
  });

  it("counts memory and parts of processors", async () => {
    const machine = new MachineRoom(room(0.3, 100));
    using _tenth = await machine.take(room(0.1, 60), never);
    expect([machine.isFull(room(0.2, 40)), machine.isFull(room(0.21)), machine.isFull(room(0, 41))]).toEqual([false, true, true]);
  });

  it("lets go of one that waits when it is told to, and serves those behind it", async () => {
    const machine = new MachineRoom(room(2));
    const held = await machine.take(room(1), never);
    const stop = new AbortController();
    const large = machine.take(room(2), stop.signal);
    const small = machine.take(room(1), never);
    stop.abort("stopped by the user");
    await expect(large).rejects.toBe("stopped by the user");
    (await small)[Symbol.dispose]();
    held[Symbol.dispose]();
    await expect(machine.take(room(1), AbortSignal.abort("no"))).rejects.toBe("no");
    expect(machine.isFull(room(2))).toBe(false);
  });

  it("takes what runs already, beyond its size", async () => {
    const machine = new MachineRoom(room(1));
    const adopted = [machine.takeAnyway(room(1)), machine.takeAnyway(room(1))];
    expect(machine.isFull(room(0.1))).toBe(true);
    adopted[0]?.[Symbol.dispose]();
    expect(machine.isFull(room(0.1))).toBe(true);
    adopted[1]?.[Symbol.dispose]();
    expect(machine.isFull(room(1))).toBe(false);
  });

  it("never gives more than it has, and in the end lets everybody in", async () => {
    const needs = fc.array(fc.record({ milliCpu: fc.integer({ min: 0, max: 4_000 }), memoryMb: fc.integer({ min: 0, max: 100 }) }));
    await fc.assert(
      fc.asyncProperty(needs, async (wanted) => {
        const machine = new MachineRoom({ milliCpu: 4_000, memoryMb: 100 });
        const used = { milliCpu: 0, memoryMb: 0 };
        let served = 0;
        await Promise.all(
          wanted.map(async (need) => {
            using _held = await machine.take(need, never);
            used.milliCpu += need.milliCpu;
            used.memoryMb += need.memoryMb;
            expect(used.milliCpu <= 4_000 && used.memoryMb <= 100).toBe(true);
            await Promise.resolve();
            used.milliCpu -= need.milliCpu;
            used.memoryMb -= need.memoryMb;
            served++;
          }),
        );
        expect(served).toBe(wanted.length);
      }),
    );
  });
});

describe("what a step takes", () => {
  const all = room(4, 8_000);

  it.each([
    ["nothing", undefined, undefined],
    ["nothing in numbers", {}, undefined],
    ["what it needs", { cpu: { min: 2, max: 3 }, memory: { min: 100, max: 200 } }, room(2, 100)],
    ["else what it may use", { cpu: { max: 3 }, memory: { max: 200 } }, room(3, 200)],
    ["no more than there is", { cpu: { max: 64 }, memory: { max: 1_000_000 } }, all],
    ["devices, which are not counted", { devices: { "nvidia.com/gpu": 1 } }, undefined],
  ])("%s", (_, resources, expected) => {
    expect(roomFor({ name: "s", ...(resources === undefined ? {} : { resources }) }, all)).toEqual(expected);
  });

  it.each([
    [{ cpu: { min: 5 } }, "step train needs 5 processors (resources.cpu.min), and this machine has 4"],
    [{ memory: { min: 8_001 } }, "step train needs 8001 MB of memory (resources.memory.min), and this machine has 8000 MB"],
  ])("is refused where it can never be had: %j", (resources, message) => {
    expect(() => roomFor({ name: "train", resources }, all)).toThrow(message);
  });

  it("is said in words", () => {
    expect([room(1), room(0.5, 100), room(0, 100)].map(inWords)).toEqual([
      "1 processor",
      "0.5 processors and 100 MB of memory",
      "100 MB of memory",
    ]);
  });

  it("is held against a machine that has something", () => {
    expect(roomHere().milliCpu).toBeGreaterThanOrEqual(1_000);
    expect(roomHere().memoryMb).toBeGreaterThan(0);
  });
});
