import fc from "fast-check";
import { expect, test } from "vitest";
import { RunJobs } from "./run-jobs.ts";

test("never more than the limit are under way, in the order in which they came, and each once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat({ max: 3 }), { maxLength: 12 }),
      async (limit, turns) => {
        const tracked: Promise<void>[] = [];
        const jobs = new RunJobs(limit, (work) => {
          tracked.push(work);
          return work;
        });
        const begun: string[] = [];
        let active = 0;
        let most = 0;
        for (const [index, turn] of turns.entries()) {
          jobs.add(String(index), async () => {
            begun.push(String(index));
            most = Math.max(most, ++active);
            for (let i = 0; i < turn; i++) await Promise.resolve();
            active--;
          });
        }
        for (let seen = 0; seen < turns.length; seen++) {
          while (tracked[seen] === undefined) await Promise.resolve();
          await tracked[seen];
        }
        expect(begun).toEqual(turns.map((_, index) => String(index)));
        expect(most).toBeLessThanOrEqual(limit);
      },
    ),
  );
});

test("what has not begun can be taken back, and after the end nothing begins", async () => {
  const first = Promise.withResolvers<void>();
  const begun: string[] = [];
  const jobs = new RunJobs(1, (work) => work);
  const job = (name: string, end: Promise<void>) =>
    jobs.add(name, () => {
      begun.push(name);
      return end;
    });
  job("a", first.promise);
  job("b", Promise.resolve());
  job("c", Promise.resolve());
  expect(jobs.drain()).toEqual(["b", "c"]);
  job("d", Promise.resolve());
  jobs.close();
  first.resolve();
  await new Promise(setImmediate);
  expect(begun).toEqual(["a"]);
});
