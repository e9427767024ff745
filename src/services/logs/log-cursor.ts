import type { LogPosition, LogStream } from "../../contract/index.ts";
import { isCount, readCursor, writeCursor } from "../lists/cursor.ts";

/** The place in the log of a run or an execution, up to which a reader has it. */
export interface LogCursor {
  /** Numbers of the executions that were read to their end. */
  readonly read: ReadonlySet<number>;
  /** The execution that is being read; absent before the first. */
  readonly at?: PlaceInLog;
}

export interface PlaceInLog {
  readonly execution: number;
  readonly position: LogPosition;
  /** Number of the wanted lines behind the position that the reader has. */
  readonly skip: number;
  /** Streams whose last line was wanted and goes on. */
  readonly goesOn: readonly LogStream[];
}

const STREAMS: readonly LogStream[] = ["stdout", "stderr"];
/** A run of more executions than this has none that lie apart from each other so often. */
const MOST_RANGES = 20_000;

/** Executions of a run mostly have numbers in a row, so that they take little room as ranges. */
export function writeLogCursor({ read, at }: LogCursor): string {
  const ranges = rangesOf(read);
  if (at === undefined) return writeCursor([ranges]);
  const { entry, from, read: bytes = {} } = at.position;
  return writeCursor([
    ...[ranges, at.execution, entry, at.skip, at.goesOn.join(" ")],
    ...STREAMS.map((stream) => from[stream] ?? null),
    ...STREAMS.map((stream) => bytes[stream] ?? null),
  ]);
}

/** Throws HR_USAGE for a text that no log gave. */
export function readLogCursor(text: string): LogCursor {
  return readCursor(text, ([ranges, ...place]) => {
    const read = numbersIn(ranges);
    if (read === undefined) return undefined;
    if (place.length === 0) return { read };
    const at = placeIn(place);
    return at === undefined ? undefined : { read, at };
  });
}

function placeIn(values: readonly unknown[]): PlaceInLog | undefined {
  const [execution, entry, skip, goesOn, ...offsets] = values;
  if (!isCount(execution) || !isCount(entry) || !isCount(skip) || typeof goesOn !== "string") return undefined;
  if (offsets.length !== 4 || !offsets.every((offset) => offset === null || isCount(offset))) return undefined;
  const position = { entry, from: byStream(offsets.slice(0, 2)), read: byStream(offsets.slice(2)) };
  return { execution, position, skip, goesOn: STREAMS.filter((stream) => goesOn.split(" ").includes(stream)) };
}

function byStream(offsets: readonly unknown[]): Partial<Record<LogStream, number>> {
  return Object.fromEntries(
    STREAMS.flatMap((stream, index) => (typeof offsets[index] === "number" ? [[stream, offsets[index]]] : [])),
  );
}

/** `2-5 9` */
function rangesOf(numbers: ReadonlySet<number>): string {
  const ranges: { first: number; last: number }[] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range !== undefined && number === range.last + 1) range.last = number;
    else ranges.push({ first: number, last: number });
  }
  return ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(" ");
}

/** As many as a run can have nodes: a text that names more was not given by a log. */
const MOST_NUMBERS = 1_000_000;

function numbersIn(text: unknown): ReadonlySet<number> | undefined {
  if (typeof text !== "string") return undefined;
  const numbers = new Set<number>();
  const ranges = text === "" ? [] : text.split(" ");
  if (ranges.length > MOST_RANGES) return undefined;
  for (const range of ranges) {
    const [, first = "", last = first] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(range) ?? [];
    if (first === "" || Number(last) - Number(first) + numbers.size > MOST_NUMBERS) return undefined;
    for (let number = Number(first); number <= Number(last); number += 1) numbers.add(number);
  }
  return numbers;
}
