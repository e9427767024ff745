/**
 * Kills the engine at every persisted change and at random times, resumes, and compares with an undisturbed run. `npm
 * run crash -- --kills 1000 --seed 1`; `--point claimed` begins every round with a kill there. `--database postgres`
 * keeps the records in a PostgreSQL of its own, `--outages` stops and starts that one every few seconds meanwhile; with
 * `--engines 2` two engines serve the project, and one of them is killed and replaced. Rounds are played in each
 * sandbox; `--sandboxes auto` names fewer, since each costs an undisturbed run of every pipeline first. A failure keeps
 * its folder and prints the command that repeats its round.
 *
 * `npm run crash -- --server` kills servers of a home instead, while users work with their API and send again what was
 * not answered; with `--split` two servers of the API and an engine on one home.
 */
import { parseArgs } from "node:util";
import { FAULT_POINTS, SERVER_FAULT_POINTS } from "../src/fault-point.ts";
import { bundleForCrashes } from "../test/crash/bundle-for-crashes.ts";
import { runCampaign } from "../test/crash/campaign.ts";
import { SANDBOXES } from "../test/crash/play.ts";
import { runServerCampaign } from "../test/crash/server/server-campaign.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    parallel: { type: "string", default: "4" },
    point: { type: "string" },
    database: { type: "string", default: "sqlite" },
    engines: { type: "string", default: "1" },
    sandboxes: { type: "string", default: "auto,off,unshare" },
    outages: { type: "boolean", default: false },
    server: { type: "boolean", default: false },
    split: { type: "boolean", default: false },
  },
});
const started = performance.now();
const elapsed = (): string => `${((performance.now() - started) / 1000).toFixed(0)} s`;
const { database } = values;
if (database !== "sqlite" && database !== "postgres")
  throw new Error(`--database takes sqlite or postgres, not ${database}`);
if (!["1", "2"].includes(values.engines)) throw new Error(`--engines takes 1 or 2, not ${values.engines}`);
const sandboxes = values.sandboxes.split(",").map((name) => {
  const known = SANDBOXES.find((sandbox) => sandbox === name);
  if (known === undefined) throw new Error(`--sandboxes takes ${SANDBOXES.join(", ")}, not ${name}`);
  return known;
});
if (values.outages && database === "sqlite") throw new Error("--outages goes with --database postgres");
using bundle = await bundleForCrashes();
const common = {
  program: bundle.program,
  kills: Number(values.kills),
  seed: Number(values.seed),
  parallel: Number(values.parallel),
  point: values.point,
  database,
  outages: values.outages,
  report: (line: string) => console.log(`${elapsed()}: ${line}`),
} as const;
const { rounds, kills, failures, outages } = values.server
  ? await runServerCampaign({ ...common, isSplit: values.split })
  : await runCampaign({
      ...common,
      engines: values.engines === "2" ? 2 : 1,
      sandboxes,
    });
const total = [...kills.values()].reduce((sum, count) => sum + count, 0);
for (const place of [...(values.server ? SERVER_FAULT_POINTS : FAULT_POINTS), "at a random time"])
  console.log(`${String(kills.get(place) ?? 0).padStart(5)}  ${place}`);
console.log(
  `${total} kills in ${rounds} rounds, ${elapsed()}, ${failures.length} failures${values.outages ? `, the database stopped ${outages} times` : ""}`,
);
for (const { seed } of failures)
  console.log(
    `repeat one with: npm run crash -- --kills 1 --parallel 1 --database ${database} --engines ${values.engines} --sandboxes ${values.sandboxes}${values.server ? ` --server${values.split ? " --split" : ""}` : ""} --seed ${seed}`,
  );
process.exitCode = failures.length === 0 ? 0 : 1;
