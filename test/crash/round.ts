import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { FAULT_POINTS } from "../../src/fault-point.ts";
import { FINAL_STATES, type RunRecord } from "../../src/store/index.ts";
import { answerApprovals } from "./answer-approvals.ts";
import { type CommandEnd, type Kill, runCommand } from "./engine-process.ts";
import { replaceEngines } from "./engine-round.ts";
import { leftProcesses, strayFiles } from "./leftovers.ts";
import { type Outcome, readOutcome, runOf } from "./outcome.ts";
import {
  endFaults,
  type Played,
  placeOf,
  type Reference,
  type RoundPlan,
  type RoundSetting,
  type SandboxName,
} from "./play.ts";
import { AWAY, type RecordsPlace } from "./records-place.ts";
import type { Scenario } from "./scenarios.ts";

export interface RoundResult {
  /** The places where the commands were really killed. */
  readonly killed: readonly string[];
  readonly faults: readonly string[];
  /** Kept when there are faults. */
  readonly folder: string;
}

/** Runs a scenario to its end without disturbing it. Undefined where this machine lacks the sandbox. */
export async function makeReference(
  setting: RoundSetting,
  scenario: Scenario,
  sandbox: SandboxName,
): Promise<Reference | undefined> {
  const root = await makeProject(setting, { scenario, sandbox });
  const log = join(root, "points");
  writeFileSync(log, "");
  const answers = answerApprovals(setting, root, scenario);
  const end = await start(setting, root, { scenario, sandbox }, undefined, {
    HEADRACE_TEST_KILL_AT: `log:${log}`,
  }).finally(() => answers[Symbol.asyncDispose]());
  if (end.output.includes("HR_SANDBOX")) return undefined;
  if (end.killed || endFaults(end).length > 0) throw new Error(`the undisturbed run in ${root} failed:\n${end.output}`);
  const reading = await readOutcome(setting.place, root, scenario);
  const faults = [...reading.faults, ...(await leftovers(root))];
  if (!isDeepStrictEqual(reading.states, scenario.expected))
    faults.push(`${text(scenario.expected)} became ${text(reading.states)}`);
  if (faults.length > 0) throw new Error(`the undisturbed run in ${root} is wrong: ${faults.join("; ")}`);
  const passed = Map.groupBy(readFileSync(log, "utf8").split("\n").slice(0, -1), (point) => point);
  rmSync(root, { recursive: true, force: true });
  return {
    scenario,
    sandbox,
    outcome: reading.outcome,
    passed: new Map([...passed].map(([point, all]) => [point, all.length])),
  };
}

/** Runs, kills, resumes, kills again …, resumes to the end, and compares with the undisturbed run. */
export async function playRound(setting: RoundSetting, plan: RoundPlan): Promise<RoundResult> {
  const { reference } = plan;
  const { scenario } = reference;
  const root = await makeProject(setting, reference);
  const answers = answerApprovals(setting, root, scenario);
  const play = setting.engines === 1 ? resumeAgainAndAgain : replaceEngines;
  const { killed, faults } = await play(setting, root, plan)
    .catch(async (error: unknown) => {
      // Processes that hang are not to go on for ever beside the rounds to come.
      await leftProcesses(root);
      throw error;
    })
    .finally(() => answers[Symbol.asyncDispose]());
  const left = await leftovers(root);
  const reading = await readOutcome(setting.place, root, scenario);
  faults.push(...reading.faults, ...left, ...differences(reference.outcome, reading.outcome));
  if (faults.length === 0) rmSync(root, { recursive: true, force: true });
  return { killed, faults, folder: root };
}

async function resumeAgainAndAgain(
  setting: RoundSetting,
  root: string,
  { reference, kills }: RoundPlan,
): Promise<Played> {
  const played: Played = { killed: [], faults: [] };
  for (const kill of [...kills, undefined]) {
    const end = await start(setting, root, reference, kill);
    if (end.killed) played.killed.push(placeOf(kill));
    else played.faults.push(...endFaults(end));
    if (played.faults.length > 0) break;
  }
  return played;
}

/** `run`, or `resume` once a run is recorded. An ended one is resumed all the same: it says so, and tidies up. */
async function start(
  { program, place }: RoundSetting,
  root: string,
  { scenario, sandbox }: Pick<Reference, "scenario" | "sandbox">,
  kill: Kill | undefined,
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandEnd> {
  const run = await recordedRun(place, root, scenario);
  const isOpen = run !== undefined && !(FINAL_STATES as readonly string[]).includes(run.state);
  const action =
    run === undefined
      ? ["run", scenario.name, "--jobs", "4"]
      : isOpen && kill === undefined
        ? ["resume"]
        : ["resume", String(run.number)];
  const args = [...action, "--sandbox", sandbox, "--json"];
  for (;;) {
    const end = await runCommand({
      program,
      root,
      args,
      kill,
      environment: { ...place.environment(root), ...environment },
    });
    if (!AWAY.test(end.output)) return end;
  }
}

async function recordedRun(place: RecordsPlace, root: string, scenario: Scenario): Promise<RunRecord | undefined> {
  await using store = await place.open(root);
  return await runOf(store, scenario);
}

async function leftovers(root: string): Promise<readonly string[]> {
  return [...(await leftProcesses(root)), ...strayFiles(root)];
}

function differences(wanted: Outcome, found: Outcome): readonly string[] {
  const names = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  return [...names]
    .filter((name) => !isDeepStrictEqual(wanted[name], found[name]))
    .map((name) => difference(name, wanted[name], found[name]));
}

function difference(name: string, wanted: unknown, found: unknown): string {
  const first = (wanted ?? {}) as Readonly<Record<string, unknown>>;
  const second = (found ?? {}) as Readonly<Record<string, unknown>>;
  const keys = Object.keys({ ...first, ...second }).filter((key) => !isDeepStrictEqual(first[key], second[key]));
  return `${name} differs in ${keys.map((key) => `${key}: ${text(first[key])} became ${text(second[key])}`).join("; ")}`;
}

function text(value: unknown): string {
  const all = JSON.stringify(value) ?? "nothing";
  return all.length > 600 ? `${all.slice(0, 600)}…` : all;
}

/** The project as it is to be run, with the run behind it that the scenario wants. */
async function makeProject(
  setting: RoundSetting,
  { scenario, sandbox }: Pick<Reference, "scenario" | "sandbox">,
): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "headrace-crash-"));
  mkdirSync(join(root, "cache", "starts"), { recursive: true });
  if (scenario.before !== undefined) {
    writeFiles(root, { ...scenario.files, ...scenario.before });
    const { before: _, ...first } = scenario;
    const end = await start(setting, root, { scenario: first, sandbox }, undefined);
    // A missing sandbox is said by the run that is looked at, too.
    if (end.code !== 0 && !end.output.includes("HR_SANDBOX"))
      throw new Error(`the run before it in ${root} failed:\n${end.output}`);
  }
  writeFiles(root, scenario.files);
  return root;
}

function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, "project", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

/**
 * Chooses the kills of a round. `first` makes sure that each fault point has its turn; `share` is what the first
 * command does of the work.
 */
export function planKills(
  random: () => number,
  reference: Reference,
  { first, share }: { readonly first: string | undefined; readonly share: number },
): readonly Kill[] {
  const kills = [first === undefined ? anyKill(random, reference, share) : atPoint(random, reference, first, share)];
  // The work left to do grows less from command to command.
  while (kills.length < 6 && random() < 0.75) kills.push(anyKill(random, reference, 0.4));
  return kills;
}

function anyKill(random: () => number, reference: Reference, share: number): Kill {
  if (random() < 0.4) return { kind: "time", afterMs: Math.round(random() * share * reference.scenario.durationMs) };
  return atPoint(random, reference, FAULT_POINTS[Math.floor(random() * FAULT_POINTS.length)] ?? "claimed", share);
}

function atPoint(random: () => number, { passed }: Reference, point: string, share: number): Kill {
  // Most points are passed once for each node: the first times, the last ones and those between count the same.
  return { kind: "point", point, count: 1 + Math.floor(random() * share * (passed.get(point) ?? 3)) };
}
