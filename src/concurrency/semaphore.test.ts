import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Semaphore } from "./semaphore.ts";

describe("the permits of a semaphore", () => {
  it("are granted in the order in which they were asked for, also when a later wish would fit", async () => {
    const semaphore = new Semaphore(10);
    const order: string[] = [];
    const first = await semaphore.take(6);
    const large = semaphore.take(8).then((release) => {
      order.push("large");
      return release;
    });
    const small = semaphore.take(2).then((release) => {
      order.push("small");
      return release;
    });
    first();
    (await large)();
    (await small)();
    expect(order).toEqual(["large", "small"]);
  });

  it("are all there is for a wish beyond that", async () => {
    const semaphore = new Semaphore(3);
    const release = await semaphore.take(100);
    const waiting = semaphore.hold(1, () => Promise.resolve("done"));
    release();
    expect(await waiting).toBe("done");
  });

  it("come back when the work fails", async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.hold(1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await semaphore.hold(1, () => Promise.resolve(1))).toBe(1);
  });

  it("are never more than there are, and all work gets done", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(12), { maxLength: 30 }), async (amounts) => {
        const semaphore = new Semaphore(8);
        let [held, most, done] = [0, 0, 0];
        const work = amounts.map((amount) =>
          semaphore.hold(amount, async () => {
            held += Math.min(amount, 8);
            most = Math.max(most, held);
            await Promise.resolve();
            held -= Math.min(amount, 8);
            done += 1;
          }),
        );
        await Promise.all(work);
        expect(most).toBeLessThanOrEqual(8);
        expect(done).toBe(amounts.length);
      }),
    );
  });
});
