import { expect, it } from "vitest";
import { runCampaign } from "./campaign.ts";

/** The share of the crash tests that every test run has; `npm run crash -- --kills 1000` is the long form. */
it("carries on after SIGKILL at any moment as if nothing had happened", { timeout: 300_000 }, async () => {
  const { kills, failures } = await runCampaign({
    kills: 25,
    seed: Math.floor(Math.random() * 1_000_000),
    parallel: 3,
    sandboxes: ["auto"],
    report: () => undefined,
  });
  expect(failures.map(({ seed, result }) => `seed ${seed}, ${result.folder}: ${result.faults.join("\n")}`)).toEqual([]);
  expect([...kills.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(25);
});
