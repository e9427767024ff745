import type { LogBatchView, LogLine, LogPartView } from "../../api/index.ts";
import { onAbort, pause } from "../../concurrency/index.ts";
import {
  type LogItem,
  type LogSource,
  type ReadLogOptions,
  readLogBatches,
  readRawLog,
  startOfLog,
} from "../../contract/index.ts";
import { type ExecutionRecord, isFinal, type ProjectStore } from "../../store/index.ts";
import { findExecution, findNamed, findSubjectOrTask, notBegun, type Subject, type TaskNode } from "../records/refs.ts";
import { isoTime } from "../records/view-of.ts";
import { ChosenLines, isChosen, type LineChoice } from "./chosen-lines.ts";
import { type LogCursor, type PlaceInLog, readLogCursor, writeLogCursor } from "./log-cursor.ts";
import { type LogPlaces, openLog } from "./log-places.ts";

export interface LogRequest extends LineChoice {
  readonly follow: boolean;
  readonly stream?: "stdout" | "stderr";
  readonly signal?: AbortSignal;
  /** With `follow`: an unfinished line is given in pieces as it is written. */
  readonly partial?: boolean;
  /** Only what follows a part that was read before. */
  readonly from?: string;
  /** A page of so many lines, behind which another one begins. */
  readonly most?: number;
}

/**
 * Lines of one execution, or of a run's executions one after the other in the order in which they began, by what is at
 * hand at once.
 */
export async function* readLogs(
  places: LogPlaces,
  ref: string,
  request: LogRequest,
): AsyncGenerator<LogPartView, void, undefined> {
  const subject = await begunSubject(places.store, ref, request);
  if (subject === undefined) return;
  const cursor: LogCursor = request.from === undefined ? { read: new Set() } : readLogCursor(request.from);
  const read = new Set(cursor.read);
  let missing = request.most ?? Number.POSITIVE_INFINITY;
  for await (const { execution, at } of toRead(places.store, subject, request, { ...cursor, read })) {
    for await (const { items, place } of partsOf(places, execution, pageOf(request, missing), at)) {
      missing -= items.length;
      const lines = items.map((item) => lineOf(execution, item));
      yield { lines, next: writeLogCursor({ read, at: { execution: execution.number, ...place } }) };
    }
    // The next page begins with the lines that a page leaves out; and the next execution only once this one has ended.
    if (missing <= 0 || (request.most !== undefined && !isFinal(execution.state))) return;
    read.add(execution.number);
  }
}

/**
 * The run or execution that is named. With `follow`, a node whose turn has not come yet is waited for; undefined where
 * the reader leaves before. Throws HR_NOT_FOUND where there is nothing of that name, or nothing to wait for.
 */
export async function begunSubject(
  store: ProjectStore,
  ref: string,
  { follow, signal }: Pick<LogRequest, "follow" | "signal">,
): Promise<Subject | TaskNode | undefined> {
  // The newest run stays the same one, whatever is started meanwhile.
  for (let name = ref; ; ) {
    using changed = follow ? nextChange(store, signal) : undefined;
    const found = await findNamed(store, name);
    if (found.kind !== "not-begun") return found;
    const { run, node } = found;
    if (changed === undefined || isFinal(run.state) || (node.state !== "waiting" && node.state !== "active"))
      throw notBegun(found);
    if (signal?.aborted === true) return undefined;
    name = `${run.number}.${node.name}`;
    await changed.promise;
  }
}

interface ToRead {
  readonly execution: ExecutionRecord;
  /** Up to where it was read before. */
  readonly at?: PlaceInLog;
}

async function* toRead(
  store: ProjectStore,
  subject: Subject | TaskNode,
  request: LogRequest,
  { read, at }: LogCursor,
): AsyncGenerator<ToRead> {
  if (subject.kind === "execution") {
    const { execution } = subject;
    yield { execution, ...(at?.execution === execution.number && { at }) };
    return;
  }
  if (at !== undefined) yield { execution: await findExecution(store, String(at.execution)), at };
  for await (const execution of executionsOf(store, subject, request))
    if (!read.has(execution.number)) yield { execution };
}

/** The same byte for byte. */
export async function* readRawLogs(
  parts: LogPlaces,
  ref: string,
  stream: LogRequest["stream"],
): AsyncGenerator<Uint8Array, void, undefined> {
  const subject = await findSubjectOrTask(parts.store, ref);
  const executions =
    subject.kind === "execution" ? [subject.execution] : executionsOf(parts.store, subject, { follow: false });
  for await (const execution of executions) {
    await using log = await openLog(parts, execution, { follow: false });
    yield* readRawLog(log, stream);
  }
}

/** Gives the executions that have begun so far; with `follow`, also those that begin until the run has ended. */
async function* executionsOf(
  store: ProjectStore,
  subject: Extract<Subject, { readonly kind: "run" }> | TaskNode,
  request: LogRequest,
): AsyncGenerator<ExecutionRecord> {
  const seen = new Set<string>();
  for (;;) {
    using changed = request.follow ? nextChange(store, request.signal) : undefined;
    const since = performance.now();
    const ended = await hasEnded(store, subject);
    const begun: ExecutionRecord[] = [];
    for (const executionId of await executionIdsIn(store, subject)) {
      if (seen.has(executionId)) continue;
      seen.add(executionId);
      const execution = await store.executions.get(executionId);
      if (execution !== undefined) begun.push(execution);
    }
    const lookMs = performance.now() - since;
    yield* begun.sort((a, b) => a.number - b.number);
    if (ended || changed === undefined || request.signal?.aborted === true) return;
    if (begun.length > 0) continue;
    await changed.promise;
    // Among 10,000 nodes a look takes long, and each of them brings several events: looking must not take more than a
    // fifth of the time.
    await pause(lookMs * 4, request.signal);
  }
}

async function hasEnded(store: ProjectStore, subject: Subject | TaskNode): Promise<boolean> {
  if (subject.kind === "execution") return true;
  const { run } = subject;
  if (subject.kind === "run") return isFinal((await store.runs.get(run.id))?.state ?? "error");
  const { state = "skipped" } = (await store.nodes.get(run.id, subject.node.name)) ?? {};
  return state !== "waiting" && state !== "active";
}

/** The executions that have begun so far, those of trials that were tried again included. */
async function executionIdsIn(
  store: ProjectStore,
  subject: Extract<Subject, { readonly kind: "run" }> | TaskNode,
): Promise<readonly string[]> {
  const { id } = subject.run;
  if (subject.kind === "task")
    return (await store.tasks.listTrials(id, subject.node.name)).map(({ executionId }) => executionId);
  const ofNodes = (await store.nodes.list(id)).flatMap(({ executionId }) => executionId ?? []);
  return [...ofNodes, ...(await store.tasks.listExecutions(id))];
}

function pageOf(request: LogRequest, missing: number): LogRequest {
  return request.most === undefined ? request : { ...request, most: missing };
}

interface LogPart {
  readonly items: readonly LogItem[];
  /** Behind them. */
  readonly place: Omit<PlaceInLog, "execution">;
}

/** The wanted lines of one execution, from where they were read before. */
async function* partsOf(
  places: LogPlaces,
  execution: ExecutionRecord,
  request: LogRequest,
  at: PlaceInLog | undefined,
): AsyncGenerator<LogPart> {
  await using log = await openLog(places, execution, request);
  const options = optionsOf({ store: places.store, execution, log }, onlyReading(request));
  let place: Omit<PlaceInLog, "execution"> = at ?? { position: await startOfLog(log, options), skip: 0, goesOn: [] };
  const chosen = new ChosenLines(request, place.goesOn);
  let missing = request.most ?? Number.POSITIVE_INFINITY;
  for await (const { items, next } of readLogBatches(log, { ...options, from: place.position })) {
    const wanted = await chosen.take(items);
    const part = wanted.slice(place.skip, place.skip + missing);
    missing -= part.length;
    // The page ends within what came at once: the next one reads that again, and leaves out what it has.
    if (missing <= 0 && place.skip + part.length < wanted.length) {
      yield { items: part, place: { ...place, skip: place.skip + part.length } };
      return;
    }
    place = { position: next, skip: Math.max(0, place.skip - wanted.length), goesOn: chosen.goesOn };
    if (part.length > 0) yield { items: part, place };
    if (missing <= 0) return;
  }
  const last = chosen.end().slice(-missing);
  if (last.length > 0) yield { items: last, place };
}

/** Lines that are looked at one by one are counted, and joined, after that. If none is wanted, nothing need be read. */
function onlyReading(request: LogRequest): LogRequest {
  if (!isChosen(request) || request.tail === 0) return request;
  const { tail: _, ...all } = request;
  return { ...all, partial: false };
}

function lineOf({ number, node }: ExecutionRecord, { at, stream, text, continues }: LogItem): LogLine {
  return { execution: number, node, at: isoTime(at), stream, text, continues };
}

/** The log of one execution while it runs, for those who show it live: by what came at once. */
export async function* followLog(
  parts: LogPlaces,
  execution: ExecutionRecord,
  { from, ...request }: Omit<LogRequest, "follow">,
): AsyncGenerator<LogBatchView> {
  const { store } = parts;
  const wish = { ...request, follow: true };
  const place = from === undefined ? undefined : readLogCursor(from).at;
  const at = place?.execution === execution.number ? place : undefined;
  await using log = await openLog(parts, execution, wish);
  const options = optionsOf({ store, execution, log }, wish);
  let skip = at?.skip ?? 0;
  let wasUnfinished = false;
  for await (const batch of readLogBatches(log, { ...options, ...(at !== undefined && { from: at.position }) })) {
    const lines = batch.items
      .slice(skip)
      .map(({ stream, text, at: printed, continues }) => ({ stream, text, at: isoTime(printed), continues }));
    skip = Math.max(0, skip - batch.items.length);
    const { unfinished, next: position } = batch;
    const isNews = lines.length > 0 || unfinished.length > 0 || wasUnfinished;
    wasUnfinished = unfinished.length > 0;
    const behind = { execution: execution.number, position, skip, goesOn: [] };
    if (isNews) yield { lines, unfinished, next: writeLogCursor({ read: new Set(), at: behind }) };
  }
}

function optionsOf(
  {
    store,
    execution,
    log,
  }: { readonly store: ProjectStore; readonly execution: ExecutionRecord; readonly log: LogSource },
  { follow, stream, tail, sinceMs, signal, partial = false, most }: LogRequest,
): ReadLogOptions {
  const isFinished = async (): Promise<boolean> =>
    isFinal((await store.executions.get(execution.id))?.state ?? "error") && (await log.isWhole?.()) !== false;
  const onChange = (listener: () => void): (() => void) => store.events.listen(listener);
  return {
    ...(stream === undefined ? {} : { stream }),
    ...(tail === undefined ? {} : { tail }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(most === undefined ? {} : { isToGoOn: !isFinal(execution.state) }),
    ...(follow && !isFinal(execution.state)
      ? { follow: { isFinished, onChange, partial, ...(signal === undefined ? {} : { signal }) } }
      : {}),
  };
}

function nextChange(
  store: ProjectStore,
  signal: AbortSignal | undefined,
): Disposable & { readonly promise: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const unsubscribe = store.events.listen(resolve);
  const leaving = onAbort(signal, resolve);
  return {
    promise,
    [Symbol.dispose]() {
      unsubscribe();
      leaving[Symbol.dispose]();
    },
  };
}
