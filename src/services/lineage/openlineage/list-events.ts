import type { OpenLineageEvent, Page, PageRequest } from "../../../api/index.ts";
import { HeadraceError } from "../../../errors.ts";
import type { ProjectStore, RunRecord } from "../../../store/index.ts";
import { openLineageNamespace } from "../../../telemetry/index.ts";
import type { Context } from "../../context.ts";
import { executionIdsOfRun, executionIdsOfTask } from "../../records/executions-behind.ts";
import { findSubjectOrTask } from "../../records/refs.ts";
import type { LineageScope } from "./dataset-name.ts";
import { readFacts } from "./read-facts.ts";
import { type ExecutionFacts, endTypeOf, executionEvent, isOwnJob, runEvent } from "./run-events.ts";

/** Executions, each of which has one or two events. */
const PAGE = 100;
const MOST = 1_000;

/**
 * Returns the events of OpenLineage of a run, a task or an execution, as its records stand now: the run's own first,
 * then those of each execution behind its nodes. A page has those of `limit` executions.
 */
export async function listLineageEvents(
  { project }: Context,
  ref: string,
  { limit = PAGE, after }: PageRequest,
): Promise<Page<OpenLineageEvent>> {
  const store = await project.reader();
  const scope = { namespace: openLineageNamespace(project.env), project: project.identity.name };
  const { run, ids } = await executionsOf(store, ref);
  const from = positionOf(after, ids.length);
  const shown = ids.slice(from, from + Math.min(limit, MOST));
  const facts = await readFacts(store, shown, (id) => store.runs.get(id));
  const next = from + shown.length;
  return {
    items: [
      ...(from === 0 && run !== undefined ? eventsOfRun(scope, run) : []),
      ...facts.flatMap((each) => eventsOfExecution(scope, each)),
    ],
    next: next < ids.length ? `${next}` : null,
  };
}

/** With the run where it has events of its own. */
async function executionsOf(
  store: ProjectStore,
  ref: string,
): Promise<{ readonly run?: RunRecord; readonly ids: readonly string[] }> {
  const subject = await findSubjectOrTask(store, ref);
  switch (subject.kind) {
    case "task":
      return { ids: await executionIdsOfTask(store, subject.run.id, subject.node.name) };
    case "execution":
      return { ids: [subject.execution.id] };
    case "run": {
      const ids = await executionIdsOfRun(store, subject.run.id);
      return isOwnJob(subject.run) ? { ids } : { run: subject.run, ids };
    }
  }
}

function eventsOfRun(scope: LineageScope, run: RunRecord): readonly OpenLineageEvent[] {
  const { createdAt, startedAt = createdAt, finishedAt, state } = run;
  const end = endTypeOf(state);
  const start = runEvent(scope, run, "START", startedAt);
  return end === undefined ? [start] : [start, runEvent(scope, run, end, finishedAt ?? startedAt)];
}

function eventsOfExecution(scope: LineageScope, facts: ExecutionFacts): readonly OpenLineageEvent[] {
  const { createdAt, startedAt, finishedAt, state } = facts.execution;
  const end = endTypeOf(state);
  const begun = { ...facts, outputs: [] };
  return [
    ...(startedAt === undefined ? [] : [executionEvent(scope, begun, "START", startedAt)]),
    ...(end === undefined ? [] : [executionEvent(scope, facts, end, finishedAt ?? createdAt)]),
  ];
}

function positionOf(after: string | undefined, length: number): number {
  if (after === undefined) return 0;
  const position = /^\d{1,9}$/.test(after) ? Number(after) : Number.NaN;
  if (position > 0 && position < length) return position;
  throw new HeadraceError("HR_USAGE", `no page begins after ${JSON.stringify(after)}`, {
    hint: "give `next` of the page before",
  });
}
