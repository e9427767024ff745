import { describe, expect, it } from "vitest";
import { PatientRetries } from "./patient-retries.ts";

const answered = { error: { $metadata: { httpStatusCode: 503 } }, errorType: "SERVER_ERROR" } as const;
const unreachable = { error: new Error("refused"), errorType: "TRANSIENT" } as const;

/** Tries until it gives up; each try takes `tryMs`. Answers the moments of the tries. */
async function triesOf({
  tryMs,
  random = 1,
  info,
}: {
  tryMs: number;
  random?: number;
  info: typeof answered | typeof unreachable;
}) {
  let now = 0;
  const retries = new PatientRetries({ patienceMs: 60_000, monotonic: () => now, random: () => random });
  const moments: number[] = [];
  let token = await retries.acquireInitialRetryToken();
  for (;;) {
    moments.push(now);
    now += tryMs;
    try {
      token = await retries.refreshRetryTokenForRetry(token, info);
    } catch (error) {
      return { moments, endedAt: now, reason: (error as Error).message };
    }
    expect(token.getRetryCount()).toBe(moments.length);
    now += token.getRetryDelay();
  }
}

describe("patient retries", () => {
  it("double the waiting up to five seconds, for a minute", async () => {
    const { moments, reason } = await triesOf({ tryMs: 0, info: answered });
    expect(moments.slice(0, 9)).toEqual([0, 100, 300, 700, 1_500, 3_100, 6_300, 11_300, 16_300]);
    expect(moments.at(-1)).toBe(56_300);
    expect(reason).toBe("out of patience");
  });

  it("spread the tries of many clients", async () => {
    const { moments } = await triesOf({ tryMs: 0, random: 0.5, info: answered });
    expect(moments.slice(0, 4)).toEqual([0, 50, 150, 350]);
  });

  it("give a request that takes long by itself three tries", async () => {
    expect((await triesOf({ tryMs: 200_000, info: answered })).moments).toHaveLength(3);
  });

  it("count from the first failure, not from the start of the request", async () => {
    const { moments, endedAt } = await triesOf({ tryMs: 30_000, info: answered });
    expect(moments).toHaveLength(3);
    expect(endedAt).toBeGreaterThan(90_000);
  });

  it("give up after five seconds on a server that never answered", async () => {
    const { moments } = await triesOf({ tryMs: 0, info: unreachable });
    expect(moments).toEqual([0, 100, 300, 700, 1_500, 3_100]);
  });

  it("wait as long for one that is known as for one that answers badly", async () => {
    let now = 0;
    const retries = new PatientRetries({ patienceMs: 60_000, monotonic: () => now, random: () => 1 });
    retries.recordSuccess();
    now = 59_000;
    expect(retries.isOver({ tries: 9, failingForMs: 59_000 })).toBe(false);
    expect(retries.isOver({ tries: 9, failingForMs: 60_000 })).toBe(true);
  });

  it("do not repeat what was wrong in itself", async () => {
    const retries = new PatientRetries({ patienceMs: 60_000 });
    const token = await retries.acquireInitialRetryToken();
    const denied = { error: { $metadata: { httpStatusCode: 403 } }, errorType: "CLIENT_ERROR" } as const;
    await expect(retries.refreshRetryTokenForRetry(token, denied)).rejects.toThrow("not worth another try");
  });

  it("repeat what met another request for the same object", async () => {
    const retries = new PatientRetries({ patienceMs: 60_000 });
    const token = await retries.acquireInitialRetryToken();
    const conflict = { error: { $metadata: { httpStatusCode: 409 } }, errorType: "CLIENT_ERROR" } as const;
    expect((await retries.refreshRetryTokenForRetry(token, conflict)).getRetryCount()).toBe(1);
  });

  it("heed a server that says when to come again, up to half a minute", () => {
    const retries = new PatientRetries({ patienceMs: 60_000, random: () => 0 });
    expect(retries.delayMs(0, new Date(Date.now() + 3_600_000))).toBe(30_000);
    expect(retries.delayMs(0, new Date(0))).toBe(0);
  });
});
