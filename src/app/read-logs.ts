import { setTimeout as delay } from "node:timers/promises";
import type { LogBatchView, LogLine } from "../api/index.ts";
import { executionFolder, type ReadLogOptions, readLog, readLogBatches, readRawLog } from "../contract/index.ts";
import { type ExecutionRecord, FINAL_STATES, type ProjectStore, type RunRecord } from "../store/index.ts";
import { chosenLines, isChosen, type LineChoice } from "./chosen-lines.ts";
import { findSubject } from "./refs.ts";
import { isoTime } from "./view-of.ts";

export interface LogRequest extends LineChoice {
  readonly follow: boolean;
  readonly stream?: "stdout" | "stderr";
  readonly signal?: AbortSignal;
  /** With `follow`: an unfinished line is given in pieces as it is written. */
  readonly partial?: boolean;
}

export interface LogParts {
  readonly store: ProjectStore;
  readonly folderOf: (execution: ExecutionRecord) => Promise<string>;
}

/** Lines of one execution, or of a run's executions one after the other in the order in which they began. */
export async function* readLogs(parts: LogParts, ref: string, request: LogRequest): AsyncGenerator<LogLine, void, undefined> {
  const subject = await findSubject(parts.store, ref);
  if (subject.kind === "execution") {
    yield* linesOf(parts, subject.execution, request);
    return;
  }
  for await (const execution of executionsOf(parts.store, subject.run, request)) yield* linesOf(parts, execution, request);
}

/** The same byte for byte. */
export async function* readRawLogs(
  parts: LogParts,
  ref: string,
  stream: LogRequest["stream"],
): AsyncGenerator<Uint8Array, void, undefined> {
  const subject = await findSubject(parts.store, ref);
  const executions = subject.kind === "execution" ? [subject.execution] : executionsOf(parts.store, subject.run, { follow: false });
  for await (const execution of executions) yield* readRawLog(executionFolder(await parts.folderOf(execution)), stream);
}

/** What has begun so far; with `follow`, also what begins until the run has ended. */
async function* executionsOf(store: ProjectStore, run: RunRecord, request: LogRequest): AsyncGenerator<ExecutionRecord> {
  const seen = new Set<string>();
  for (;;) {
    using changed = request.follow ? nextChange(store, request.signal) : undefined;
    const since = performance.now();
    const ended = isFinal((await store.runs.get(run.id))?.state ?? "error");
    const begun: ExecutionRecord[] = [];
    for (const node of await store.nodes.list(run.id)) {
      if (node.executionId === undefined || seen.has(node.executionId)) continue;
      seen.add(node.executionId);
      const execution = await store.executions.get(node.executionId);
      if (execution !== undefined) begun.push(execution);
    }
    const lookMs = performance.now() - since;
    yield* begun.sort((a, b) => a.number - b.number);
    if (ended || changed === undefined || request.signal?.aborted === true) return;
    if (begun.length > 0) continue;
    await changed.promise;
    // Among 10,000 nodes a look takes long, and each of them brings several events: looking must not take more than a fifth of the time.
    await pause(lookMs * 4, request.signal);
  }
}

async function* linesOf(parts: LogParts, execution: ExecutionRecord, request: LogRequest): AsyncGenerator<LogLine> {
  if (!isChosen(request)) return yield* allLinesOf(parts, execution, request);
  const { tail: _, ...all } = request;
  yield* chosenLines(allLinesOf(parts, execution, { ...all, partial: false }), request);
}

async function* allLinesOf(parts: LogParts, execution: ExecutionRecord, request: LogRequest): AsyncGenerator<LogLine> {
  const { store } = parts;
  const items = readLog(executionFolder(await parts.folderOf(execution)), optionsOf(store, execution, request));
  for await (const { at, stream, text, continues } of items) {
    yield { execution: execution.number, node: execution.node, at: isoTime(at), stream, text, continues };
  }
}

/** The log of one execution while it runs, for those who show it live: by what came at once. */
export async function* followLog(
  { store, folderOf }: LogParts,
  number: number,
  request: Omit<LogRequest, "follow">,
): AsyncGenerator<LogBatchView> {
  const subject = await findSubject(store, String(number));
  if (subject.kind !== "execution") throw new Error(`${number} is no execution`);
  const { execution } = subject;
  const batches = readLogBatches(executionFolder(await folderOf(execution)), optionsOf(store, execution, { ...request, follow: true }));
  for await (const { items, unfinished } of batches) yield { lines: items, unfinished };
}

function optionsOf(
  store: ProjectStore,
  execution: ExecutionRecord,
  { follow, stream, tail, signal, partial = false }: LogRequest,
): ReadLogOptions {
  const isFinished = async (): Promise<boolean> => isFinal((await store.executions.get(execution.id))?.state ?? "error");
  const onChange = (listener: () => void): (() => void) => store.events.listen(listener);
  return {
    ...(stream === undefined ? {} : { stream }),
    ...(tail === undefined ? {} : { tail }),
    ...(follow && !isFinal(execution.state)
      ? { follow: { isFinished, onChange, partial, ...(signal === undefined ? {} : { signal }) } }
      : {}),
  };
}

function nextChange(store: ProjectStore, signal: AbortSignal | undefined): Disposable & { readonly promise: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const unsubscribe = store.events.listen(resolve);
  const onAbort = (): void => resolve();
  signal?.addEventListener("abort", onAbort);
  return {
    promise,
    [Symbol.dispose]() {
      unsubscribe();
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

function isFinal(state: string): boolean {
  return (FINAL_STATES as readonly string[]).includes(state);
}
