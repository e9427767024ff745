import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ResourceAmount, sumOf } from "./resource-needs.ts";
import { type ResourceShare, ResourceSlots, type SlotRequest } from "./resource-slots.ts";

const amount = (cpu: number, memoryMb = 0): ResourceAmount => ({ milliCpu: Math.round(cpu * 1000), memoryMb });
const never: SlotRequest = { signal: new AbortController().signal };

/** Lets everything happen that can. */
const settle = (): Promise<void> => delay(20);

describe("ResourceSlots", () => {
  let folder: string;
  const dead = new Set<string>();

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "resource-slots-")), "line");
    dead.clear();
  });
  afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

  /** Makes the slots of one process on the machine. */
  const slotsOf = (size: ResourceAmount, label = "this"): ResourceSlots =>
    new ResourceSlots(size, { folder, label, isDead: async (other) => dead.has(other) });
  const tickets = (): number => readdirSync(folder).length;

  /** True if the step would have to wait. */
  async function isFull(machine: ResourceSlots, need: ResourceAmount): Promise<boolean> {
    const stop = new AbortController();
    let waits = false;
    const onWait = (): void => {
      waits = true;
      stop.abort();
    };
    await machine.take(need, { signal: stop.signal, onWait }).then(
      (held) => held[Symbol.dispose](),
      () => {},
    );
    return waits;
  }

  describe.each([
    ["in one process", () => "this"],
    ["in a process each", () => String(Math.random())],
  ])("%s", (_, label) => {
    it("lets in what fits, and the next in line when there is room", async () => {
      const of = (() => {
        const shared = slotsOf(amount(4, 1_000));
        return () => (label() === "this" ? shared : slotsOf(amount(4, 1_000), label()));
      })();
      const first = await of().take(amount(3), never);
      const order: string[] = [];
      const wait = async (name: string, need: ResourceAmount): Promise<Disposable> => {
        const held = await of().take(need, never);
        order.push(name);
        return held;
      };
      const large = wait("large", amount(2));
      const small = wait("small", amount(1));
      await settle();
      // The small one would fit, and waits its turn.
      expect(order).toEqual([]);
      first[Symbol.dispose]();
      first[Symbol.dispose]();
      (await large)[Symbol.dispose]();
      (await small)[Symbol.dispose]();
      expect([...order].sort()).toEqual(["large", "small"]);
      expect(await isFull(of(), amount(4, 1_000))).toBe(false);
      expect(tickets()).toBe(0);
    });

    it("never gives more than it has, and in the end lets everybody in", async () => {
      const needs = fc.array(
        fc.record({ milliCpu: fc.integer({ min: 0, max: 4_000 }), memoryMb: fc.integer({ min: 0, max: 100 }) }),
        {
          maxLength: label() === "this" ? 30 : 5,
        },
      );
      await fc.assert(
        fc.asyncProperty(needs, async (wanted) => {
          const size = { milliCpu: 4_000, memoryMb: 100 };
          const shared = slotsOf(size);
          const used = new Set<ResourceAmount>();
          let served = 0;
          await Promise.all(
            wanted.map(async (need) => {
              using _held = await (label() === "this" ? shared : slotsOf(size, label())).take(need, never);
              used.add(need);
              const { milliCpu, memoryMb } = sumOf([...used]);
              expect([milliCpu <= 4_000, memoryMb <= 100]).toEqual([true, true]);
              await Promise.resolve();
              used.delete(need);
              served++;
            }),
          );
          expect(served).toBe(wanted.length);
        }),
        { numRuns: label() === "this" ? 100 : 10 },
      );
    });
  });

  it("counts memory and parts of processors", async () => {
    const machine = slotsOf(amount(0.3, 100));
    using _tenth = await machine.take(amount(0.1, 60), never);
    const full = [amount(0.2, 40), amount(0.21), amount(0, 41)].map((need) => isFull(machine, need));
    expect(await full[0]).toBe(false);
    expect([await isFull(machine, amount(0.21)), await isFull(machine, amount(0, 41))]).toEqual([true, true]);
    await Promise.all(full);
  });

  it("says so to those that have to wait, and to no others", async () => {
    const machine = slotsOf(amount(1));
    let waits = 0;
    const wish = { ...never, onWait: () => (waits += 1) };
    const first = await machine.take(amount(1), wish);
    expect(waits).toBe(0);
    const second = machine.take(amount(1), wish);
    expect(waits).toBe(1);
    first[Symbol.dispose]();
    (await second)[Symbol.dispose]();
    expect(waits).toBe(1);
  });

  it("lets go of one that waits when it is told to, and serves those behind it", async () => {
    const machine = slotsOf(amount(2));
    const held = await machine.take(amount(1), never);
    const stop = new AbortController();
    const [large, alsoLarge] = [
      machine.take(amount(2), { signal: stop.signal }),
      machine.take(amount(2), { signal: stop.signal }),
    ];
    const small = machine.take(amount(1), never);
    stop.abort("stopped by the user");
    await expect(large).rejects.toBe("stopped by the user");
    await expect(alsoLarge).rejects.toBe("stopped by the user");
    (await small)[Symbol.dispose]();
    held[Symbol.dispose]();
    await expect(machine.take(amount(1), { signal: AbortSignal.abort("no") })).rejects.toBe("no");
    expect([await isFull(machine, amount(2)), tickets()]).toEqual([false, 0]);
  });

  it("takes what runs already, beyond its size", async () => {
    const machine = slotsOf(amount(1));
    const adopted = [machine.adopt(amount(1)), machine.adopt(amount(1))];
    expect(await isFull(slotsOf(amount(1), "other"), amount(0.1))).toBe(true);
    adopted[0]?.[Symbol.dispose]();
    expect(await isFull(machine, amount(0.1))).toBe(true);
    adopted[1]?.[Symbol.dispose]();
    expect(await isFull(machine, amount(1))).toBe(false);
  });

  it("gets back what a process had that died, and its place in the line", async () => {
    const killed = slotsOf(amount(2), "killed");
    await killed.take(amount(1), never);
    killed.adopt(amount(1));
    const waiting = killed.take(amount(2), never);
    const next = slotsOf(amount(2), "next").take(amount(2), never);
    await settle();
    dead.add("killed");
    (await next)[Symbol.dispose]();
    (await waiting)[Symbol.dispose]();
    expect(tickets()).toBe(0);
  });

  it("is shared fairly by real processes, of which some are killed", async () => {
    const script = join(folder, "..", "taker.ts");
    const here = new URL("./resource-slots.ts", import.meta.url).pathname;
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      script,
      `import { ResourceSlots } from ${JSON.stringify(here)};
import { mkdirSync, rmdirSync } from "node:fs";
const isDead = async (label) => { try { process.kill(Number(label), 0); return false; } catch { return true; } };
const machine = new ResourceSlots({ milliCpu: 1000, memoryMb: 0 }, { folder: ${JSON.stringify(folder)}, label: String(process.pid), isDead });
const signal = new AbortController().signal;
for (let n = 0; n < 40; n += 1) {
  using held = await machine.take({ milliCpu: 1000, memoryMb: 0 }, { signal });
  mkdirSync("busy");
  rmdirSync("busy");
  if (n === 20 && process.argv[2] === "die") process.kill(process.pid, "SIGKILL");
}
`,
    );
    const children = ["stay", "die", "stay", "die"].map((what) =>
      spawn(process.execPath, [script, what], { cwd: join(folder, ".."), stdio: ["ignore", "ignore", "inherit"] }),
    );
    const ends = await Promise.all(children.map(async (child) => (await once(child, "exit")) as unknown[]));
    expect(ends).toEqual([
      [0, null],
      [null, "SIGKILL"],
      [0, null],
      [null, "SIGKILL"],
    ]);
  });

  it("minds nothing else that lies in the folder, and comes to terms with its removal", async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "notes"), "");
    writeFileSync(join(folder, "7"), "");
    symlinkSync("/etc/passwd", join(folder, "8"));
    const machine = slotsOf(amount(1));
    const held = await machine.take(amount(1), never);
    const another = machine.take(amount(1), never);
    expect(readdirSync(folder)).toContain("9");
    rmSync(folder, { recursive: true });
    held[Symbol.dispose]();
    (await another)[Symbol.dispose]();
    expect(await isFull(machine, amount(1))).toBe(false);
  });

  it("passes over one that waits and is suspended, until it wakes up", async () => {
    const held = await slotsOf(amount(2), "first").take(amount(2), never);
    // A process that was stopped while it waited leaves this ticket.
    symlinkSync("suspended 2000 0", join(folder, "7"));
    const next = slotsOf(amount(2), "next").take(amount(1), never);
    await settle();
    held[Symbol.dispose]();
    const before = Date.now() / 1000 - 60;
    lutimesSync(join(folder, "7"), before, before);
    (await next)[Symbol.dispose]();
    expect(readdirSync(folder)).toEqual(["7"]);
  });

  it.skipIf(process.getuid?.() === 0)("says what to do where the line cannot be kept", async () => {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o500);
    await expect(slotsOf(amount(1)).take(amount(1), never)).rejects.toMatchObject({ code: "HR_STEP_START" });
  });

  it("says what to do where there is a file in the folder's place", async () => {
    writeFileSync(folder, "");
    await expect(slotsOf(amount(1)).take(amount(1), never)).rejects.toMatchObject({
      code: "HR_STEP_START",
      message: expect.stringMatching(/^the line for 1 processor of this machine cannot be kept: Error: ENOTDIR/),
      hint: "make ~/.cache/headrace/line (or the same below XDG_CACHE_HOME) a folder that can be written, or make room on its disk",
    });
  });

  describe("devices", () => {
    const all = amount(4);
    const cards = ["0", "1"].map((key) => ({ key, name: `GPU-${key}` }));
    const gpus = (count: number, among = cards): ResourceAmount => ({
      ...amount(0),
      devices: [{ kind: "nvidia.com/gpu", count, among }],
    });
    const namesOf = ({ devices }: ResourceShare): readonly string[] =>
      (devices["nvidia.com/gpu"] ?? []).map(({ name }) => name);

    it("are given to one step at a time, over all processes", async () => {
      const [first, second] = [
        await slotsOf(all, "one").take(gpus(1), never),
        await slotsOf(all, "two").take(gpus(1), never),
      ];
      expect([namesOf(first), namesOf(second)]).toEqual([["GPU-0"], ["GPU-1"]]);
      const third = slotsOf(all, "three").take(gpus(1), never);
      await settle();
      second[Symbol.dispose]();
      expect(namesOf(await third)).toEqual(["GPU-1"]);
    });

    it("are those that the one who asks may see", async () => {
      const machine = slotsOf(all);
      using held = await machine.take(gpus(1, cards.slice(1)), never);
      expect(namesOf(held)).toEqual(["GPU-1"]);
      expect(await isFull(machine, gpus(1, cards.slice(1)))).toBe(true);
      expect(await isFull(machine, gpus(1))).toBe(false);
    });

    it("come to whoever waits for several before those who came later, and nobody waits who needs none", async () => {
      const [one, two, three] = [slotsOf(all, "one"), slotsOf(all, "two"), slotsOf(all, "three")];
      const first = await one.take(gpus(1), never);
      const both = two.take(gpus(2), never);
      await settle();
      expect(await isFull(three, gpus(1))).toBe(true);
      // Neither in another process nor in the one that waits.
      expect([await isFull(three, amount(4)), await isFull(two, amount(4))]).toEqual([false, false]);
      first[Symbol.dispose]();
      expect(namesOf(await both)).toEqual(["GPU-0", "GPU-1"]);
    });

    it("of a dead process are free again, save those of a step that somebody took over", async () => {
      await slotsOf(all, "killed").take(gpus(2), never);
      dead.add("killed");
      const other = slotsOf(all, "other");
      const taken = await other.take(gpus(1), never);
      expect(namesOf(taken)).toEqual(["GPU-0"]);
      const over = slotsOf(all, "heir").adopt(amount(0), { "nvidia.com/gpu": cards });
      taken[Symbol.dispose]();
      expect(await isFull(other, gpus(1))).toBe(true);
      over[Symbol.dispose]();
      expect(await isFull(other, gpus(2))).toBe(false);
      expect(tickets()).toBe(0);
    });
  });
});
