import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunView } from "../api/index.ts";
import { EngineWatch } from "../engine/index.ts";
import { HeadraceError } from "../errors.ts";
import { isAlive } from "../machine/index.ts";
import type { Plan } from "../planning/index.ts";
import type { ProjectStore, RunRecord } from "../store/index.ts";
import type { EngineSetting } from "./assemble-engine.ts";
import { ownIdentity, poolOf } from "./own-identity.ts";
import type { RunOptions } from "./project.ts";
import type { ProjectResources } from "./project-resources.ts";
import { hasEnded } from "./run-ownership.ts";
import { recordRun } from "./run-plan.ts";
import { runView } from "./view-of.ts";

/** So many executions of a run are handed out to the engines at a time unless the user says otherwise: their slots are what limits it. */
const DETACHED_JOBS = 64;
/** How much of a failed engine's log is shown. */
const LINES_SHOWN = 5;

/** Records a run, and leaves it to an engine that works for the project; one is started in the background where none lives. */
export async function detachRun(setting: EngineSetting, plan: Plan, options: RunOptions): Promise<RunView> {
  const run = await recordRun(setting, plan, { jobs: DETACHED_JOBS, ...options });
  if (!(await isServed(setting.project, setting.store))) await startEngine(setting, run);
  return runView((await setting.store.runs.get(run.id)) ?? run);
}

/** An engine on another machine counts when it has given a sign of life lately; should it be dead, `attach` and `ls` say so. */
async function isServed(project: ProjectResources, store: ProjectStore): Promise<boolean> {
  const pool = poolOf(project);
  const watch = new EngineWatch({ identity: await ownIdentity(project), monotonic: () => performance.now(), isAlive });
  for (const engine of await store.engines.list()) {
    if (engine.pool !== pool || engine.identity.serves !== true) continue;
    const life = await watch.life(engine);
    if (life === "living" || (life === "doubtful" && Math.abs(Date.now() - engine.seenAt) < 15_000)) return true;
  }
  return false;
}

/** In a session of its own, so that neither the terminal's end nor its Ctrl-C reaches it. Resolves once it has taken the run. */
async function startEngine({ project, store }: EngineSetting, run: RunRecord): Promise<void> {
  const [program, ...programOptions] = [process.execPath, ...process.execArgv];
  const main = process.argv[1];
  if (program === undefined || main === undefined) throw new Error("this process does not know how it was started");
  const log = join(project.stateFolder, "engine.log");
  const output = openSync(log, "w", 0o600);
  const options = ["--project", project.root, "--config", project.configFile, "--sandbox", project.sandbox];
  const engine = spawn(program, [...programOptions, main, "engine", "--exit-when-idle", ...options], {
    cwd: project.root,
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  const taken = Promise.withResolvers<"taken">();
  const look = async (): Promise<void> => {
    const current = await store.runs.get(run.id);
    if (current === undefined || current.owner !== undefined || hasEnded(current)) taken.resolve("taken");
  };
  const unsubscribe = store.events.listen(() => void look().catch(taken.reject));
  try {
    const first = await Promise.race([taken.promise, once(engine, "exit")]);
    await look();
    if (first !== "taken" && (await store.runs.get(run.id))?.owner === undefined) throw engineFailed(run, log);
  } finally {
    unsubscribe();
    engine.unref();
  }
}

function engineFailed(run: RunRecord, log: string): HeadraceError {
  const lines = readFileSync(log, "utf8").trimEnd().split("\n").slice(-LINES_SHOWN);
  return new HeadraceError("HR_CONFLICT", `run ${run.number} is recorded, but the engine that was started for it ended at once`, {
    details: lines,
    hint: `\`headrace resume ${run.number}\` runs it here`,
  });
}
