import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EngineWatch } from "../../engine/index.ts";
import { HeadraceError } from "../../errors.ts";
import { isAlive } from "../../machine/index.ts";
import type { ProjectStore, RunRecord } from "../../store/index.ts";
import type { EngineSetting } from "../installation/assemble-engine.ts";
import { ownIdentity, poolOf } from "../installation/own-identity.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { findRun } from "../records/refs.ts";
import { hasEnded } from "../runs/run-ownership.ts";
import { folderOf } from "./folder-of.ts";

/** Number of lines of a failed engine's log that are shown. */
const LINES_SHOWN = 5;

/** Starts an engine in the background for a recorded run, unless one works for the project already. */
export async function ensureEngine(setting: EngineSetting, number: number): Promise<void> {
  if (await isServed(setting.project, setting.store)) return;
  await startEngine(setting, await findRun(setting.store, String(number)));
}

/**
 * An engine on another machine counts when it has given a sign of life lately; should it be dead, `attach` and `ls` say
 * so.
 */
async function isServed(project: ProjectResources, store: ProjectStore): Promise<boolean> {
  const pool = poolOf(project.origin);
  const watch = new EngineWatch({
    identity: await ownIdentity(project.origin),
    monotonic: () => performance.now(),
    isAlive,
  });
  for (const engine of await store.engines.list()) {
    if (engine.pool !== pool || engine.identity.takesAnyRun !== true) continue;
    const life = await watch.life(engine);
    if (life === "living" || (life === "doubtful" && Math.abs(Date.now() - engine.seenAt) < 15_000)) return true;
  }
  return false;
}

/**
 * In a session of its own, so that neither the terminal's end nor its Ctrl-C reaches it. Resolves once it has taken the
 * run.
 */
async function startEngine({ project, store }: EngineSetting, run: RunRecord): Promise<void> {
  const [program, ...programOptions] = [process.execPath, ...process.execArgv];
  const main = process.argv[1];
  if (program === undefined || main === undefined) throw new Error("this process does not know how it was started");
  const { root, configFile } = folderOf(project);
  const log = join(project.stateFolder, "engine.log");
  const output = openSync(log, "w", 0o600);
  const options = ["--project", root, "--config", configFile, "--sandbox", project.sandbox];
  const engine = spawn(program, [...programOptions, main, "engine", "--exit-when-idle", ...options], {
    cwd: root,
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
  return new HeadraceError(
    "HR_CONFLICT",
    `run ${run.number} is recorded, but the engine that was started for it ended at once`,
    {
      details: lines,
      hint: [{ do: "resume", run: run.number }, " runs it here"],
    },
  );
}
