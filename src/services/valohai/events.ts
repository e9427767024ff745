import type { LogLine, LogPartView, ValohaiEvent } from "../../api/index.ts";
import { type EventRecord, isFinal, type ProjectStore } from "../../store/index.ts";
import { listLog } from "../logs/log-service.ts";
import { findExecution } from "./find-execution.ts";
import { extended, type LogTail, lastOf } from "./log-tails.ts";
import type { ValohaiContext } from "./valohai-api.ts";

interface Timed {
  readonly at: number;
  readonly event: ValohaiEvent;
}

/** Lines that are read at once. */
const AT_ONCE = 10_000;
/** More than this of a log is no answer in one piece; the log can be downloaded. */
const MOST_LINES = 1_000_000;

/**
 * The last of the log of an execution and of what happened to it, in the order of time. Clients ask for it each second,
 * and tell lines that they have from new ones by time and text: so no two lines have the same time.
 */
export async function eventsOf(
  context: ValohaiContext,
  ref: string,
  limit: number,
): Promise<{ total: number; truncated: boolean; events: ValohaiEvent[] }> {
  const store = await context.project.writer();
  const found = await findExecution(store, ref);
  if (found.kind !== "there") return { total: 0, truncated: false, events: [] };
  const { execution } = found;
  const wanted = limit === 0 ? MOST_LINES : Math.min(limit, MOST_LINES);
  const statuses = await statusesOf(store, execution.runId, execution.id);
  const { lines, count } = await lastLines(context, { id: execution.id, number: execution.number, wanted });
  const all = [...lines, ...statuses].sort((a, b) => a.at - b.at);
  const total = count + statuses.length;
  const events = all.slice(-wanted).map(({ event }) => event);
  return { total, truncated: total > events.length, events };
}

export async function statusEventsOf(context: ValohaiContext, ref: string): Promise<readonly ValohaiEvent[]> {
  const store = await context.project.writer();
  const found = await findExecution(store, ref);
  if (found.kind !== "there") return [];
  return (await statusesOf(store, found.execution.runId, found.execution.id)).map(({ event }) => event);
}

/** The last lines, and how many there are. If a log was asked for just now, only the lines since then are read. */
async function lastLines(
  context: ValohaiContext,
  { id, number, wanted }: { readonly id: string; readonly number: number; readonly wanted: number },
): Promise<{ readonly lines: readonly Timed[]; readonly count: number }> {
  const { logTails } = context.project;
  const known = logTails.get(id);
  // The wanted lines begin before the kept ones: all of them are read.
  const wanting = known.count > 0 && lastOf(known, wanted) === undefined ? { count: 0, last: [] } : known;
  let tail: LogTail = wanting;
  let lines: readonly LogLine[] = wanting.last;
  for await (const page of pagesAfter(context, number, wanting.next)) {
    tail = extended(tail, page.lines, page.next);
    lines =
      lines.length + page.lines.length > 2 * wanted
        ? [...lines, ...page.lines].slice(-wanted)
        : [...lines, ...page.lines];
  }
  logTails.set(id, tail);
  const last = lines.slice(-wanted);
  const first = tail.count - last.length;
  return {
    count: tail.count,
    lines: last.map(({ at, stream, text }, index) => timed(Date.parse(at), first + index, { stream, message: text })),
  };
}

async function* pagesAfter(context: ValohaiContext, number: number, after?: string): AsyncGenerator<LogPartView> {
  const { signal = new AbortController().signal } = context;
  for (let from = after; ; ) {
    const wish = { limit: AT_ONCE, ...(from !== undefined && { from }) };
    const page = await listLog(context, String(number), wish, signal);
    yield page;
    if (page.lines.length < AT_ONCE || signal.aborted) return;
    from = page.next;
  }
}

const KINDS = ["execution-created", "execution-state", "execution-progress", "warning", "stop-requested"] as const;

/** Describes the history of an execution, in words. */
async function statusesOf(store: ProjectStore, runId: string, executionId: string): Promise<readonly Timed[]> {
  const statuses: Timed[] = [];
  for (let afterId = 0; ; ) {
    const subject = { kind: "execution", id: executionId } as const;
    const events = await store.events.list({ runId, subject, kinds: KINDS, afterId, limit: AT_ONCE });
    for (const { at, body, id } of events) {
      afterId = id;
      const message = wordsFor(body);
      if (message !== undefined) statuses.push(timed(at, statuses.length, { stream: "status", message }));
    }
    if (events.length < AT_ONCE) return statuses;
  }
}

function wordsFor(body: EventRecord["body"]): string | undefined {
  switch (body.kind) {
    case "execution-created":
      return `execution ${body.number} of step ${body.step} was queued`;
    case "execution-state": {
      if (!isFinal(body.state)) return body.state;
      const reason = body.reason === undefined ? "" : `: ${body.reason}`;
      return `${body.state}${reason}`;
    }
    case "execution-progress":
    case "warning":
      return body.message;
    case "stop-requested":
      return "it was asked to stop";
    default:
      return undefined;
  }
}

/** The last three digits count on from line to line. */
function timed(at: number, index: number, { stream, message }: Omit<ValohaiEvent, "time">): Timed {
  const digits = String(index % 1000).padStart(3, "0");
  return { at, event: { time: new Date(at).toISOString().replace("Z", `${digits}Z`), stream, message } };
}
