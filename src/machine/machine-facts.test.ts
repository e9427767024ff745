import { describe, expect, test } from "vitest";
import { MachineFacts } from "./machine-facts.ts";

const isThere = async (_program: string): Promise<boolean> => true;
const processes = (): readonly number[] => [];

describe("facts of the machine", () => {
  test("are found out once by all who ask at the same time and later, for each subject", async () => {
    const facts = new MachineFacts();
    const asked: string[] = [];
    const ask = (program: string) =>
      facts.once(isThere, program, async () => {
        asked.push(program);
        return true;
      });
    expect(await Promise.all([ask("uv"), ask("uv"), ask("pip")])).toEqual([true, true, true]);
    expect(await ask("uv")).toBe(true);
    expect(asked).toEqual(["uv", "pip"]);
  });

  test("of one owner are not those of another", async () => {
    await new MachineFacts().once(isThere, "uv", async () => false);
    expect(await new MachineFacts().once(isThere, "uv", async () => true)).toBe(true);
  });

  test("that could not be found out, or do not last, are asked for again", async () => {
    const facts = new MachineFacts();
    await expect(facts.once(isThere, "uv", async () => await Promise.reject(new Error("busy")))).rejects.toThrow(
      "busy",
    );
    const passing = { isLasting: (value: boolean) => value };
    expect(await facts.once(isThere, "uv", async () => false, passing)).toBe(false);
    expect(await facts.once(isThere, "uv", async () => true, passing)).toBe(true);
    expect(await facts.once(isThere, "uv", async () => false, passing)).toBe(true);
  });

  test("that change are believed for a while", () => {
    let now = 0;
    const facts = new MachineFacts(() => now);
    const look = (found: number) => facts.once(processes, "", () => [found], { maxAgeMs: 200 });
    expect(look(1)).toEqual([1]);
    now = 200;
    expect(look(2)).toEqual([1]);
    now = 201;
    expect(look(3)).toEqual([3]);
  });

  test("a failure that comes late does not undo a newer answer", async () => {
    let now = 0;
    const facts = new MachineFacts(() => now);
    const { promise, reject } = Promise.withResolvers<boolean>();
    const first = facts.once(isThere, "uv", () => promise, { maxAgeMs: 1 });
    now = 2;
    expect(await facts.once(isThere, "uv", async () => true, { maxAgeMs: 1 })).toBe(true);
    reject(new Error("late"));
    await expect(first).rejects.toThrow("late");
    expect(await facts.once(isThere, "uv", async () => false)).toBe(true);
  });
});
