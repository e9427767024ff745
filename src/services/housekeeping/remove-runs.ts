import type { GarbageView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { ProjectStore, RunFacts, RunRecord } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { findSubject } from "../records/refs.ts";
import { gcProject } from "./gc-request.ts";

/**
 * Removes runs that somebody names, with all that only they need; or says so, where one of them cannot go, and removes
 * none. A run goes when it has ended, when no other run has taken its results, and when nothing else refers to what it
 * made. Throws HR_CONFLICT otherwise.
 */
export async function removeRuns(context: Context, refs: readonly string[]): Promise<GarbageView> {
  const store = await context.project.existingWriter();
  const runs: RunRecord[] = [];
  for (const ref of refs) runs.push(await runOf(store, ref));
  const going = new Map(runs.map((run) => [run.id, run]));
  for (const run of runs) requireEnded(run);
  await requireUnused(store, going);
  const request = { numbers: runs.map(({ number }) => number), tagged: true, leftovers: false };
  const { runs: removable, heldRuns } = await gcProject(context, store, { ...request, apply: false });
  const [held] = heldRuns;
  if (held !== undefined) throw keptBy(held);
  const kept = runs.find(({ number }) => !removable.some((run) => run.number === number));
  if (kept !== undefined) {
    throw new HeadraceError(
      "HR_CONFLICT",
      `run ${kept.number} is kept: the configuration or a run that has not ended refers to a file that it made`,
      {
        hint: "take its datum:// addresses out of the configuration first",
      },
    );
  }
  return await gcProject(context, store, { ...request, apply: true });
}

function keptBy({ run, by, holders }: GarbageView["heldRuns"][number]): HeadraceError {
  const others = holders > 1 ? ` and ${holders - 1} more` : "";
  return new HeadraceError("HR_CONFLICT", `run ${run} is kept: ${by}${others} has a file that it made`, {
    hint: "take the alias away, or delete the version of the dataset first; versions of models stay",
  });
}

async function runOf(store: ProjectStore, ref: string): Promise<RunRecord> {
  const subject = await findSubject(store, ref);
  if (subject.kind === "run") return subject.run;
  const run = await store.runs.get(subject.execution.runId);
  throw new HeadraceError("HR_USAGE", `${ref} is an execution, and only whole runs can be removed`, {
    ...(run === undefined ? {} : { hint: [{ do: "remove-runs", runs: [run.number] }, " removes its run"] }),
  });
}

function requireEnded({ number, state }: RunRecord): void {
  if (state === "complete" || state === "error" || state === "stopped") return;
  throw new HeadraceError("HR_CONFLICT", `run ${number} has not ended (${state})`, {
    hint: [{ do: "stop", run: number }, " ends it; then it can be removed"],
  });
}

/** Results that another run has taken stand behind its nodes: without them it would have none. */
async function requireUnused(store: ProjectStore, going: ReadonlyMap<string, RunRecord>): Promise<void> {
  const byKey = new Map((await store.housekeeping.listRunFacts()).map((facts) => [facts.key, facts]));
  const takers = new Map<number, RunFacts>();
  for (const { runKey, fromRunKey } of await store.housekeeping.listReuses()) {
    const [taker, source] = [byKey.get(runKey), byKey.get(fromRunKey)];
    if (taker !== undefined && source !== undefined && going.has(source.id) && !going.has(taker.id))
      takers.set(taker.number, taker);
  }
  if (takers.size === 0) return;
  const numbers = [...takers.keys()].sort((a, b) => a - b);
  const own = [...going.values()].map(({ number }) => number);
  const names = `${numbers.slice(0, 5).join(", ")}${numbers.length > 5 ? ` and ${numbers.length - 5} more` : ""}`;
  throw new HeadraceError(
    "HR_CONFLICT",
    `run${numbers.length === 1 ? "" : "s"} ${names} took results of ${own.length === 1 ? `run ${own[0]}` : "these runs"}`,
    {
      hint: [{ do: "remove-runs", runs: [...own, ...numbers].slice(0, 20) }, " removes all of them"],
    },
  );
}
