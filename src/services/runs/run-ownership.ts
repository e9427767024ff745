import { hostname } from "node:os";
import { type EngineRegistry, EngineWatch } from "../../engine/index.ts";
import { HeadraceError } from "../../errors.ts";
import { faultPoint } from "../../fault-point.ts";
import { isAlive } from "../../machine/index.ts";
import { type EngineRecord, FINAL_STATES, type ProjectStore, type RunRecord } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { ownIdentity, poolOf } from "../installation/own-identity.ts";
import type { ProjectResources } from "../installation/project-resources.ts";

/** Interval at which an engine is asked for a sign of life while it is in doubt. */
const WATCH_MS = 1_000;
/**
 * An engine elsewhere whose last sign of life is older than this, by the two machines' clocks, is worth a closer look.
 */
const STALE_MS = 60_000;

/**
 * The state of an unfinished run's driver, as it can be told at a glance. `elsewhere`: an engine on another machine,
 * which has given a sign of life not long ago. `waiting`: nobody has driven it yet. `abandoned`: its driver is dead, or
 * seems so.
 */
export type Ownership = "driven" | "elsewhere" | "waiting" | "abandoned";

/** Looks at the engines as they stand now, for commands that only look: no engine of their own is recorded for it. */
export async function ownershipOfRuns(
  project: ProjectResources,
  store: ProjectStore,
): Promise<(run: RunRecord) => Promise<Ownership>> {
  const engines = new Map((await store.engines.list()).map((engine) => [engine.id, engine]));
  const watch = new EngineWatch({
    identity: await ownIdentity(project.origin),
    monotonic: () => performance.now(),
    isAlive,
  });
  return async ({ owner }) => {
    if (owner === undefined) return "waiting";
    const engine = engines.get(owner);
    return engine === undefined ? "abandoned" : await ownershipBy(engine, watch);
  };
}

async function ownershipBy(engine: EngineRecord, watch: EngineWatch): Promise<Ownership> {
  const life = await watch.life(engine);
  if (life === "living") return "driven";
  if (life === "dead") return "abandoned";
  return Date.now() - engine.seenAt > STALE_MS ? "abandoned" : "elsewhere";
}

/** Returns true if this folder can carry on with the run: its files are where this folder's are. */
export function isOfOwnPool(project: ProjectResources, run: RunRecord): boolean {
  return run.pool === "" || run.pool === poolOf(project.origin);
}

/**
 * Makes this process the driver of an unfinished run whose driver is dead; returns the run under its new fence. Throws
 * HR_CONFLICT when a living process drives it, or its files are out of reach. An engine on another machine is watched
 * until it is known whether it lives.
 */
export async function takeOver(
  { project, store, actor }: Context & { readonly store: ProjectStore },
  members: EngineRegistry,
  run: RunRecord,
): Promise<RunRecord> {
  for (;;) {
    const current = (await store.runs.get(run.id)) ?? run;
    if (hasEnded(current)) return current;
    if (!isOfOwnPool(project, current)) throw outOfReach(current);
    const { life, identity } =
      current.owner === undefined ? { life: "dead" as const } : await members.lifeOf(current.owner);
    if (life === "living") throw drivenByAnother(current, identity?.host);
    if (life === "doubtful") {
      await watchedFor(members, WATCH_MS);
      continue;
    }
    const fence = await store.runs.claim(current.id, current.fence, members.id, { actor, at: Date.now() });
    if (fence === undefined) continue;
    faultPoint("driver-taken");
    return { ...current, owner: members.id, fence };
  }
}

export function hasEnded(run: Pick<RunRecord, "state">): boolean {
  return (FINAL_STATES as readonly string[]).includes(run.state);
}

async function watchedFor(members: EngineRegistry, ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  await members.look();
}

function drivenByAnother(run: RunRecord, host: string | undefined): HeadraceError {
  const where = host === undefined || host === hostname() ? "" : ` on host ${host}`;
  return new HeadraceError("HR_CONFLICT", `run ${run.number} is being driven by another process${where}`, {
    hint: [{ do: "attach", run: run.number }, " shows its progress, ", { do: "stop", run: run.number }, " ends it"],
  });
}

function outOfReach(run: RunRecord): HeadraceError {
  return new HeadraceError(
    "HR_CONFLICT",
    `the files of run ${run.number} are kept in ${run.pool}, which this folder does not use`,
    {
      hint: [{ do: "resume", run: run.number }, " works where the run was started, or with the same HEADRACE_BLOBS"],
    },
  );
}
