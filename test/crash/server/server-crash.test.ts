import { expect, it } from "vitest";
import { whyNoPostgres } from "../../../src/store/postgres/test-server.ts";
import { bundleForCrashes } from "../bundle-for-crashes.ts";
import { runServerCampaign, type ServerCampaignOptions } from "./server-campaign.ts";

/** The share that the long tests have; `npm run crash -- --server --kills 200` is the long form. */
const SHARES: readonly (readonly [string, Partial<ServerCampaignOptions>])[] = [
  ["of a server with its records in a file", {}],
  [
    "of two servers and an engine on a PostgreSQL that is stopped and started meanwhile",
    { database: "postgres", isSplit: true, outages: true },
  ],
];

it.for(SHARES)(
  "what users were told is true after SIGKILL at any moment, nothing is lost, doubled or left, %s",
  { timeout: 600_000 },
  async ([, share], { skip }) => {
    if (share.database === "postgres") skip(whyNoPostgres() !== undefined);
    using bundle = await bundleForCrashes();
    const { kills, deeds, failures } = await runServerCampaign({
      program: bundle.program,
      ...{ kills: 4, killsOfRound: 4, parallel: 1, seed: Math.floor(Math.random() * 1_000_000) },
      report: () => undefined,
      ...share,
    });
    expect(failures.map(({ seed, result }) => `seed ${seed}, ${result.folder}: ${result.faults.join("\n")}`)).toEqual(
      [],
    );
    expect(deeds).toBeGreaterThan(0);
    expect([...kills.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(4);
  },
);
