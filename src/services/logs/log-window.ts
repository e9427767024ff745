import type { LogHitsView, LogSearchQuery, LogWindowQuery, LogWindowView } from "../../api/index.ts";
import type { LogSource } from "../../contract/index.ts";
import { HeadraceError } from "../../errors.ts";
import { type ExecutionRecord, isFinal } from "../../store/index.ts";
import type { Context } from "../context.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { findExecution } from "../records/refs.ts";
import { isoTime } from "../records/view-of.ts";
import { writeLogCursor } from "./log-cursor.ts";
import { LogMap, plainText } from "./log-map.ts";
import { type LogPlaces, openLog } from "./log-places.ts";
import { placesOf } from "./places-of.ts";

/** A reply has no more text than this, plus one line: lines may be long. */
const MOST_CHARACTERS = 2_000_000;
/** A map of a log of a million lines takes some 200 KB. */
const MOST_MAPS = 100;

/** Maps of the logs that were looked at last. */
const MAPS = new WeakMap<ProjectResources, Map<string, LogMap>>();

/** Lines by their numbers, wherever in a log they stand. */
export async function logWindow(
  context: Context,
  ref: string,
  { first, limit, at }: LogWindowQuery,
): Promise<LogWindowView> {
  requirePageSize(limit);
  await using opened = await openMapped(context, ref);
  const { execution, log, map } = opened;
  const begin = Math.max(0, first ?? (at === "error" ? errorPlace(map, limit) : map.count - limit));
  const asked = { first: begin, most: limit, mostCharacters: MOST_CHARACTERS };
  const { lines, position, skip } = await map.read(log, asked, context.signal);
  const behind = { execution: execution.number, position, skip, goesOn: [] };
  return {
    first: begin,
    lines: lines.map(({ item: { stream, text, at: printed, continues } }) => ({
      ...{ stream, text, at: isoTime(printed), continues },
    })),
    ...{ count: map.count, isWhole: map.isWhole, firstError: map.firstError ?? null },
    groups: map.groups.map(({ first: title, last = null }) => ({ first: title, last })),
    next: writeLogCursor({ read: new Set(), at: behind }),
  };
}

/** A third of the lines lead up to the error; the end of the log, where there is none. */
function errorPlace({ firstError, count }: LogMap, limit: number): number {
  return firstError === undefined ? count - limit : firstError - Math.floor(limit / 3);
}

/** The numbers of lines that have a text in them. */
export async function searchLog(context: Context, ref: string, query: LogSearchQuery): Promise<LogHitsView> {
  const { text, first = 0, limit } = query;
  requirePageSize(limit);
  if (text === "")
    throw new HeadraceError("HR_USAGE", "the text to search for is empty", { hint: "give at least a letter" });
  await using opened = await openMapped(context, ref);
  const { log, map } = opened;
  const wanted = text.toLowerCase();
  const isWanted = (line: string): boolean => plainText(line).toLowerCase().includes(wanted);
  const asked = { first, most: limit, mostCharacters: Number.POSITIVE_INFINITY, isWanted };
  const { lines } = await map.read(log, asked, context.signal);
  const last = lines.at(-1)?.number;
  const isMore = lines.length === limit && last !== undefined && last + 1 < map.count;
  return { hits: lines.map(({ number }) => number), next: isMore ? last + 1 : null, count: map.count };
}

interface MappedLog extends AsyncDisposable {
  readonly execution: ExecutionRecord;
  readonly log: LogSource;
  readonly map: LogMap;
}

async function openMapped(context: Context, ref: string): Promise<MappedLog> {
  const places: LogPlaces = await placesOf(context, context.project.latest());
  const execution = await findExecution(places.store, ref);
  const { signal } = context;
  const log = await openLog(places, execution, { follow: false, signal });
  try {
    const begin = (await log.begin?.())?.entry ?? 0;
    const map = mapFor(context.project, `${execution.id} ${begin}`);
    await map.grow(log, { isEnded: isFinal(execution.state), ...(signal === undefined ? {} : { signal }) });
    return { execution, log, map, [Symbol.asyncDispose]: () => log[Symbol.asyncDispose]() };
  } catch (error) {
    await log[Symbol.asyncDispose]();
    throw error;
  }
}

/** The least recently used one goes where there are too many. */
function mapFor(project: ProjectResources, key: string): LogMap {
  const maps = MAPS.get(project) ?? new Map<string, LogMap>();
  MAPS.set(project, maps);
  const map = maps.get(key) ?? new LogMap();
  maps.delete(key);
  maps.set(key, map);
  for (const oldest of maps.keys()) {
    if (maps.size <= MOST_MAPS) break;
    maps.delete(oldest);
  }
  return map;
}
