import { setTimeout as delay } from "node:timers/promises";
import { FINAL_STATES } from "../../src/store/index.ts";
import { type Command, type CommandEnd, type Kill, runCommand, startCommand } from "./engine-process.ts";
import { runOf } from "./outcome.ts";
import { endFaults, type Played, placeOf, type RoundPlan, type RoundSetting } from "./play.ts";
import { AWAY } from "./records-place.ts";
import type { Scenario } from "./scenarios.ts";

/**
 * Two engines share a run that belongs to neither of them. One of them is killed, and replaced by the next, which is
 * killed in its turn; the other one lives on, so that it adopts what the dead ones leave. When the run has ended both
 * are told to leave.
 */
export async function replaceEngines(setting: RoundSetting, root: string, plan: RoundPlan): Promise<Played> {
  const played: Played = { killed: [], faults: [] };
  const { scenario, sandbox } = plan.reference;
  const [first, ...others] = [...plan.kills, undefined];
  const engine = (kill?: Kill): Promise<Command> => startServing(setting, root, sandbox, kill);
  const [steady, doomed] = await Promise.all([engine(), engine(first)]);
  const detached = await call(setting, root, [
    "run",
    scenario.name,
    "--jobs",
    "4",
    "--detach",
    "--sandbox",
    sandbox,
    "--json",
  ]);
  if (detached.code !== 0) played.faults.push(`it could not be detached: ${detached.output}`);
  using watching = watch(setting, root, scenario);
  let current = doomed;
  let kill = first;
  for (const next of [...others, undefined]) {
    const end = await Promise.race([current.end, watching.ended, steady.end]);
    if (end === "run ended" || played.faults.length > 0) break;
    if (!end.killed) played.faults.push(`an engine ended by itself, with ${end.code}:\n${end.output}`);
    else played.killed.push(placeOf(kill));
    if (played.faults.length > 0) break;
    kill = next;
    current = await engine(next);
  }
  if (played.faults.length === 0) await watching.ended;
  for (const each of [steady, current]) {
    each.interrupt();
    const end = await each.end;
    if (end.killed) played.killed.push(placeOf(kill));
    else played.faults.push(...endFaults(end));
  }
  return played;
}

/** An engine that has made itself known, or is dead already: otherwise `run --detach` would start one of its own. */
async function startServing(
  { program, place }: RoundSetting,
  root: string,
  sandbox: string,
  kill: Kill | undefined,
): Promise<Command> {
  for (;;) {
    const args = ["engine", "--jobs", "3", "--sandbox", sandbox, "--json"];
    const command = startCommand({ program, root, args, kill, environment: place.environment(root) });
    await command.prints('"ready"');
    const early = await Promise.race([command.end, undefined]);
    // Started while the database was away: it says so, and somebody starts it again.
    if (early === undefined || !AWAY.test(early.output)) return command;
  }
}

async function call({ program, place }: RoundSetting, root: string, args: readonly string[]): Promise<CommandEnd> {
  for (;;) {
    const end = await runCommand({ program, root, args, environment: place.environment(root) });
    if (!AWAY.test(end.output)) return end;
  }
}

/** Looks at the records until the run has ended. */
function watch(
  { place }: RoundSetting,
  root: string,
  scenario: Scenario,
): Disposable & { readonly ended: Promise<"run ended"> } {
  const over = new AbortController();
  const look = async (): Promise<"run ended"> => {
    await using store = await place.open(root);
    for (;;) {
      const run = await runOf(store, scenario);
      if (run !== undefined && (FINAL_STATES as readonly string[]).includes(run.state)) return "run ended";
      await delay(100, undefined, { signal: over.signal });
    }
  };
  const ended = look();
  // A caller that has stopped waiting for it need not get the error.
  ended.catch(() => undefined);
  return { ended, [Symbol.dispose]: () => over.abort() };
}
