import type { LogBatchView, LogLine, LogPartView, LogQuery } from "../../api/index.ts";
import type { Context } from "../context.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { momentOf } from "../lists/period.ts";
import { requireExecution } from "../records/refs.ts";
import { LinePattern } from "./line-pattern.ts";
import { writeLogCursor } from "./log-cursor.ts";
import { placesOf } from "./places-of.ts";
import { begunSubject, followLog, type LogRequest, readLogs, readRawLogs } from "./read-logs.ts";
import { SharedParts } from "./shared-parts.ts";

/** A page of lines, and where the next one begins. */
export async function listLog(
  context: Context,
  ref: string,
  query: LogQuery & { readonly limit: number },
  leaving: AbortSignal,
): Promise<LogPartView> {
  const { limit, follow: _, partial: __, ...chosen } = query;
  requirePageSize(limit);
  await using matching = patternOf(chosen);
  const request = { ...requestOf(chosen, matching, leaving), most: limit };
  const lines: LogLine[] = [];
  let next = query.from ?? FROM_THE_BEGINNING;
  for await (const part of readLogs(await placesOf(context, context.project.reader()), ref, request)) {
    lines.push(...part.lines);
    next = part.next;
  }
  return { lines, next };
}

const FROM_THE_BEGINNING = writeLogCursor({ read: new Set() });

/** Lines of one execution, or of a run's executions one after the other in the order in which they began. */
export async function* logParts(
  context: Context,
  ref: string,
  query: LogQuery,
  leaving: AbortSignal,
): AsyncGenerator<LogPartView> {
  const { follow, partial, matching, since, stream, tail, from } = query;
  const read = async function* read(behind: string | undefined, signal: AbortSignal): AsyncGenerator<LogPartView> {
    await using pattern = patternOf(query);
    const { tail: _, ...goesOn } = query;
    const wish = behind === undefined ? query : { ...goesOn, from: behind };
    yield* readLogs(await placesOf(context, context.project.reader()), ref, requestOf(wish, pattern, signal));
  };
  const isShared = follow === true && partial !== true && matching === undefined && since === undefined;
  if (!isShared || !isOneForEver(ref)) return yield* read(undefined, leaving);
  yield* sharedIn(context).parts.follow(`${ref} ${stream ?? ""}`, { ...placeOf({ tail, from }), open: read, leaving });
}

/** A number names the same record as long as there is one; `latest` does not. */
function isOneForEver(ref: string): boolean {
  return /^\d+(\.|$)/.test(ref);
}

function placeOf({ tail, from }: { readonly tail: number | undefined; readonly from: string | undefined }) {
  if (from !== undefined) return { from };
  return tail === undefined ? { from: "" } : {};
}

interface SharedLogs {
  readonly parts: SharedParts<LogPartView>;
  readonly batches: SharedParts<LogBatchView>;
}

/** The logs of a project that several read at the same time. */
const SHARED = new WeakMap<Context["project"], SharedLogs>();

function sharedIn({ project }: Context): SharedLogs {
  const shared = SHARED.get(project) ?? {
    parts: new SharedParts<LogPartView>(sizeOf),
    batches: new SharedParts<LogBatchView>(sizeOf),
  };
  SHARED.set(project, shared);
  return shared;
}

function sizeOf({ lines }: Pick<LogPartView | LogBatchView, "lines">): number {
  return lines.reduce((sum, { text }) => sum + text.length + LINE_SIZE, LINE_SIZE);
}

/** The size of a line beside its text. */
const LINE_SIZE = 100;

/** The same line by line. */
export async function* logLines(...asked: Parameters<typeof logParts>): AsyncGenerator<LogLine> {
  for await (const { lines } of logParts(...asked)) yield* lines;
}

function patternOf({ matching }: LogQuery): LinePattern | undefined {
  return matching === undefined ? undefined : new LinePattern(matching);
}

function requestOf(query: LogQuery, matching: LinePattern | undefined, signal: AbortSignal): LogRequest {
  const { follow = false, partial, stream, tail, since, from } = query;
  return {
    ...{ follow, signal },
    ...(partial === undefined ? {} : { partial }),
    ...(stream === undefined ? {} : { stream }),
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { sinceMs: momentOf(since) }),
    ...(matching === undefined ? {} : { matching }),
    ...(from === undefined ? {} : { from }),
  };
}

/** The same byte for byte. */
export async function* logBytes(
  context: Context,
  ref: string,
  { stream }: Pick<LogQuery, "stream">,
): AsyncGenerator<Uint8Array> {
  // A piece is valid until the next one only, and readers keep some ahead.
  for await (const piece of readRawLogs(await placesOf(context, context.project.reader()), ref, stream))
    yield Buffer.from(piece);
}

/** The log of one execution while it runs, by what came at once. */
export async function* logBatches(
  context: Context,
  ref: string,
  { tail, from }: Pick<LogQuery, "tail" | "from">,
  leaving: AbortSignal,
): AsyncGenerator<LogBatchView> {
  const read = async function* read(behind: string | undefined, signal: AbortSignal): AsyncGenerator<LogBatchView> {
    const places = await placesOf(context, context.project.latest());
    const subject = await begunSubject(places.store, ref, { follow: true, signal });
    if (subject === undefined) return;
    const start = behind ?? from;
    yield* followLog(places, requireExecution(subject), {
      signal,
      ...(tail === undefined || behind !== undefined ? {} : { tail }),
      ...(start === undefined ? {} : { from: start }),
    });
  };
  if (!isOneForEver(ref)) return yield* read(undefined, leaving);
  yield* sharedIn(context).batches.follow(ref, { ...placeOf({ tail, from }), open: read, leaving });
}
