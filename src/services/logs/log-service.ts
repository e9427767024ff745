import type { LogBatchView, LogLine, LogPartView, LogQuery } from "../../api/index.ts";
import type { Context } from "../context.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { momentOf } from "../lists/period.ts";
import { requireExecution } from "../records/refs.ts";
import { LinePattern } from "./line-pattern.ts";
import { writeLogCursor } from "./log-cursor.ts";
import { placesOf } from "./places-of.ts";
import { begunSubject, followLog, type LogRequest, readLogs, readRawLogs } from "./read-logs.ts";

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
  await using matching = patternOf(query);
  yield* readLogs(await placesOf(context, context.project.reader()), ref, requestOf(query, matching, leaving));
}

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
  yield* readRawLogs(await placesOf(context, context.project.reader()), ref, stream);
}

/** The log of one execution while it runs, by what came at once. */
export async function* logBatches(
  context: Context,
  ref: string,
  { tail, from }: Pick<LogQuery, "tail" | "from">,
  leaving: AbortSignal,
): AsyncGenerator<LogBatchView> {
  const parts = await placesOf(context, context.project.latest());
  const subject = await begunSubject(parts.store, ref, { follow: true, signal: leaving });
  if (subject === undefined) return;
  yield* followLog(parts, requireExecution(subject), {
    signal: leaving,
    ...(tail === undefined ? {} : { tail }),
    ...(from === undefined ? {} : { from }),
  });
}
