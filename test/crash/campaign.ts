import { Random } from "../../scripts/fuzz/random.ts";
import { FAULT_POINTS } from "../../src/fault-point.ts";
import type { Reference, RoundSetting, SandboxName } from "./play.ts";
import { FILES, startDatabase } from "./records-place.ts";
import { makeReference, planKills, playRound, type RoundResult } from "./round.ts";
import { SCENARIOS } from "./scenarios.ts";

export interface CampaignOptions {
  /** The command as `bundleForCrashes` makes it. */
  readonly program: string;
  /** Rounds are played until so many commands were killed. */
  readonly kills: number;
  readonly seed: number;
  readonly parallel: number;
  readonly sandboxes: readonly SandboxName[];
  /** Names of those that are played; all unless given. Each costs an undisturbed run first. */
  readonly scenarios?: readonly string[] | undefined;
  /** The first kill of each round is at this fault point. */
  readonly point?: string | undefined;
  readonly report: (line: string) => void;
  /** The database for the records; in a file of each round unless given. */
  readonly database?: "sqlite" | "postgres" | undefined;
  /** Two: both serve the project, and one of them is killed and replaced again and again. */
  readonly engines?: 1 | 2 | undefined;
  /** The database is stopped and started every few seconds, in turn by order and as by a power cut. */
  readonly outages?: boolean | undefined;
}

export interface CampaignResult {
  readonly rounds: number;
  /** Number of times that the database was stopped. */
  readonly outages: number;
  /** Number of times that a command was killed at each place. */
  readonly kills: ReadonlyMap<string, number>;
  readonly failures: readonly { readonly seed: number; readonly result: RoundResult }[];
}

/** More failures say nothing new. */
const ENOUGH_FAILURES = 5;

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  await using place = options.database === "postgres" ? await startDatabase() : FILES;
  const setting: RoundSetting = { program: options.program, place, engines: options.engines ?? 1 };
  const references = await makeReferences(setting, options);
  const chance = new Random(options.seed);
  const between = (least: number, most: number) => () => least + chance.next() * (most - least);
  const disturbance =
    options.outages === true
      ? place.disturb?.({ upMs: between(1_500, 5_000), downMs: between(100, 1_500) })
      : undefined;
  const kills = new Map<string, number>();
  const failures: { seed: number; result: RoundResult }[] = [];
  let total = 0;
  let rounds = 0;
  const player = async (): Promise<void> => {
    while (total < options.kills && failures.length < ENOUGH_FAILURES) {
      const seed = options.seed + rounds++;
      const result = await playRound(setting, planRound(seed, references, options)).catch(brokenRound);
      for (const place of result.killed) kills.set(place, (kills.get(place) ?? 0) + 1);
      total += result.killed.length;
      if (result.faults.length > 0) {
        failures.push({ seed, result });
        options.report(
          `FAILED --seed ${seed} (killed ${result.killed.join(", ")}), kept in ${result.folder}:\n  ${result.faults.join("\n  ")}`,
        );
      }
      if (rounds % 10 === 0) options.report(`${total} kills in ${rounds} rounds, ${failures.length} failures`);
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, player));
  return { rounds, kills, failures, outages: (await disturbance?.end()) ?? 0 };
}

function brokenRound(error: unknown): RoundResult {
  return {
    killed: [],
    faults: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    folder: "a temporary folder",
  };
}

/** The same seed gives the same round, whatever was played before. */
function planRound(seed: number, references: readonly Reference[], { point, engines }: CampaignOptions) {
  const random = new Random(seed);
  const next = (): number => random.next();
  const turn = next() < 0.6 ? FAULT_POINTS[seed % FAULT_POINTS.length] : undefined;
  const first = point ?? turn;
  const mixed = references.filter(({ scenario }) => scenario === SCENARIOS[0]);
  const pools = [next() < 0.7 ? mixed : [], references].map((pool) =>
    first === undefined ? pool : pool.filter(({ passed }) => passed.has(first)),
  );
  const pool = pools.find((candidates) => candidates.length > 0) ?? references;
  const reference = pool[Math.floor(next() * pool.length)];
  if (reference === undefined) throw new Error("there is no sandbox to run in");
  return { reference, kills: planKills(next, reference, { first, share: engines === 2 ? 0.4 : 1 }) };
}

async function makeReferences(
  setting: RoundSetting,
  { sandboxes, scenarios, report }: CampaignOptions,
): Promise<readonly Reference[]> {
  const references: Reference[] = [];
  const played = SCENARIOS.filter(({ name }) => scenarios?.includes(name) !== false);
  for (const sandbox of sandboxes) {
    const made = await Promise.all(played.map((scenario) => makeReference(setting, scenario, sandbox)));
    if (made.includes(undefined)) report(`SKIPPED: this machine lacks the sandbox "${sandbox}"`);
    references.push(...made.filter((reference) => reference !== undefined));
  }
  return references;
}
