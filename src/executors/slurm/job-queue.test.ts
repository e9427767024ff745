import { describe, expect, test } from "vitest";
import { JobQueue } from "./job-queue.ts";
import { parseRows } from "./job-row.ts";
import type { SlurmAnswer } from "./slurm-programs.ts";

const ROW = "7|RUNNING|None|0|0|n1|headrace-a|\n";

interface Asked {
  readonly queue: JobQueue;
  readonly moments: readonly number[];
}

/** A queue whose controller gives these answers one after the other, the last one for good. */
function queueOf(pollMs: number, ...answers: readonly (SlurmAnswer | string)[]): Asked {
  const moments: number[] = [];
  const queue = new JobQueue({
    ask: async () => {
      const answer = answers[Math.min(moments.length, answers.length - 1)] ?? "";
      moments.push(performance.now());
      return typeof answer === "string" ? { kind: "said", text: answer } : answer;
    },
    parse: (text) => parseRows(text, "headrace-"),
    pollMs,
  });
  return { queue, moments };
}

describe("how often the controller is asked", () => {
  test("never without a job", async () => {
    const { queue, moments } = queueOf(1);
    await queue.tick();
    expect(moments).toEqual([]);
  });

  test("once for all who want to know at a moment", async () => {
    const { queue, moments } = queueOf(30, ROW);
    expect(await Promise.all([queue.fresh(), queue.fresh(), queue.fresh()])).toEqual([true, true, true]);
    expect(moments).toHaveLength(1);
    expect(queue.rowsOf("headrace-a")).toMatchObject([{ jobId: "7", state: "RUNNING" }]);
    expect(queue.rowsOf("headrace-b")).toEqual([]);
    await queue[Symbol.asyncDispose]();
  });

  test("never sooner than the interval allows, however many follow and come and go", async () => {
    const { queue, moments } = queueOf(30, ROW);
    for (let round = 0; round < 4; round += 1) {
      using _one = queue.follow();
      using _other = queue.follow();
      await Promise.all([queue.fresh(), queue.fresh()]);
    }
    expect(moments.length).toBeGreaterThanOrEqual(4);
    for (const [index, moment] of moments.slice(1).entries())
      expect(moment - (moments[index] ?? 0)).toBeGreaterThanOrEqual(29.9);
    await queue[Symbol.asyncDispose]();
  });

  test("not any more once it is closed; and nobody is woken then", async () => {
    const { queue, moments } = queueOf(1, ROW);
    const following = queue.follow();
    await queue.fresh();
    const ticked = queue.tick().then(() => "ticked");
    await queue[Symbol.asyncDispose]();
    const count = moments.length;
    expect(await Promise.race([ticked, new Promise((resolve) => setTimeout(() => resolve("asleep"), 120))])).toBe(
      "asleep",
    );
    expect(moments).toHaveLength(count);
    following[Symbol.dispose]();
  });
});

describe("a controller that does not answer", () => {
  const AWAY: SlurmAnswer = { kind: "busy", words: "Unable to contact slurm controller (connect failure)" };

  test("leaves the last answer standing, and says so", async () => {
    const { queue } = queueOf(1, ROW, AWAY);
    using _following = queue.follow();
    await queue.fresh();
    const before = performance.now();
    while (queue.trouble === undefined) await queue.tick();
    expect(queue.trouble).toBe("Unable to contact slurm controller (connect failure)");
    expect(queue.rowsOf("headrace-a")).toHaveLength(1);
    expect(queue.knowsOf(before)).toBe(false);
    await queue[Symbol.asyncDispose]();
  });

  test("is waited for only as long as one has patience", async () => {
    const { queue } = queueOf(1, AWAY);
    expect(await queue.fresh(20)).toBe(false);
    await queue[Symbol.asyncDispose]();
  });
});
