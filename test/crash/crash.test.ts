import { afterAll, beforeAll, expect, it } from "vitest";
import { whyNoPostgres } from "../../src/store/postgres/test-server.ts";
import { type BundleForCrashes, bundleForCrashes } from "./bundle-for-crashes.ts";
import { type CampaignOptions, runCampaign } from "./campaign.ts";
import { FILES } from "./records-place.ts";
import { makeReference, playRound } from "./round.ts";
import { SCENARIOS } from "./scenarios.ts";

/**
 * The share of the crash tests that the long tests have; `npm run crash -- --kills 1000` is the whole campaign. CI has
 * some 80 kills of that each time.
 */
const SHARES: readonly (readonly [string, Partial<CampaignOptions> & Pick<CampaignOptions, "kills">])[] = [
  ["with its records in a file", { kills: 25 }],
  [
    "with its records in a PostgreSQL that is stopped and started meanwhile",
    { kills: 8, database: "postgres", outages: true },
  ],
  ["of two engines that share a run in PostgreSQL", { kills: 3, database: "postgres", engines: 2 }],
];

let bundle: BundleForCrashes;
beforeAll(async () => {
  bundle = await bundleForCrashes();
});
afterAll(() => bundle[Symbol.dispose]());

it.for(SHARES)(
  "carries on after SIGKILL at any moment as if nothing had happened, %s",
  { timeout: 300_000 },
  async ([, share], { skip }) => {
    if (share.database === "postgres") skip(whyNoPostgres() !== undefined);
    const { kills, failures } = await runCampaign({
      program: bundle.program,
      seed: Math.floor(Math.random() * 1_000_000),
      parallel: 3,
      sandboxes: ["auto"],
      report: () => undefined,
      ...share,
    });
    expect(failures.map(({ seed, result }) => `seed ${seed}, ${result.folder}: ${result.faults.join("\n")}`)).toEqual(
      [],
    );
    expect([...kills.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(share.kills);
  },
);

it("clears up after each attempt of each node whose engine died as soon as its end was on record", {
  timeout: 300_000,
}, async () => {
  const setting = { program: bundle.program, place: FILES, engines: 1 } as const;
  const scenario = SCENARIOS.find(({ name }) => name === "again");
  const reference = scenario && (await makeReference(setting, scenario, "auto"));
  const ends = reference?.passed.get("finish-committed") ?? 0;
  // Two attempts of the one that fails at first, what follows it, and the step whose code has changed.
  expect(ends).toBe(4);
  for (let count = 1; reference !== undefined && count <= ends; count++) {
    const kill = { kind: "point", point: "finish-committed", count } as const;
    expect(await playRound(setting, { reference, kills: [kill] })).toMatchObject({
      killed: ["finish-committed"],
      faults: [],
    });
  }
});

it("clears up after the trials of tasks whose engine died as soon as the last of them had ended", {
  timeout: 300_000,
}, async () => {
  const setting = { program: bundle.program, place: FILES, engines: 1 } as const;
  const scenario = SCENARIOS.find(({ name }) => name === "sweeps");
  const reference = scenario && (await makeReference(setting, scenario, "auto"));
  // The two tasks with which the run begins end first: until then no other node has been executed.
  expect(reference?.passed.get("task-finished")).toBe(4);
  if (reference === undefined) return;
  const kill = { kind: "point", point: "task-finished", count: 2 } as const;
  expect(await playRound(setting, { reference, kills: [kill] })).toMatchObject({
    killed: ["task-finished"],
    faults: [],
  });
});
