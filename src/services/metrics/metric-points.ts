import type { MetricPointView, Page, PointsQuery } from "../../api/index.ts";
import type { ExecutionRecord, MetadataRecord, ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { isCount, isInnerCursor, readCursor, writeCursor } from "../lists/cursor.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { isoTime } from "../records/view-of.ts";
import { ExecutionsBehind } from "./executions-behind.ts";
import type { PointPage } from "./metric-series.ts";

/** Every metadata point of an execution, in the order of printing; a page at a time, however many there are. */
export async function* pointPages(
  store: ProjectStore,
  { id, number, node }: ExecutionRecord,
): AsyncGenerator<PointPage> {
  let index = 0;
  for (let afterOffset = -1; ; ) {
    const points = await store.metadata.list(id, { afterOffset, limit: AT_ONCE });
    if (points.length > 0) yield { execution: number, node, index, points };
    index += points.length;
    const last = points.at(-1);
    if (last === undefined || points.length < AT_ONCE) return;
    afterOffset = last.offset;
  }
}

/** A page is as many points as this, unless it is the last. */
export const AT_ONCE = 10_000;

/** The place at which a page of points begins. */
interface Position {
  /** The position in the list of executions, ahead of the one whose points come; null at its beginning. */
  readonly executions: string | null;
  /** The position of the last point that was given of it. */
  readonly offset: number | null;
  /** Number of its points that have been given. */
  readonly index: number;
}

const BEGINNING: Position = { executions: null, offset: null, index: 0 };

/** A page of the points of several runs and executions, execution after execution. */
export async function listPoints({ project }: Context, query: PointsQuery): Promise<Page<MetricPointView>> {
  requirePageSize(query.limit);
  const store = await project.reader();
  const behind = await ExecutionsBehind.of(store, query.refs);
  const found: MetricPointView[] = [];
  for (let position = query.after === undefined ? BEGINNING : positionIn(query.after); ; ) {
    const { executions, offset, index } = position;
    const { items, next } = await behind.page({ limit: 1, ...(executions === null ? {} : { after: executions }) });
    for (const execution of items) {
      const room = query.limit - found.length;
      const read = await store.metadata.list(execution.id, {
        limit: room + 1,
        ...(offset === null ? {} : { afterOffset: offset }),
      });
      const taken = read.slice(0, room);
      found.push(...taken.map((point, place) => pointView(execution, index + place, point)));
      const last = taken.at(-1)?.offset ?? offset;
      if (read.length > room) return { items: found, next: writeCursor([executions, last, index + taken.length]) };
    }
    if (next === null) return { items: found, next: null };
    position = { ...BEGINNING, executions: next };
  }
}

function pointView({ number, node }: ExecutionRecord, index: number, { at, values }: MetadataRecord): MetricPointView {
  return { execution: number, node, index, at: isoTime(at), values };
}

function positionIn(text: string): Position {
  return readCursor(text, ([executions, offset, index]) =>
    isInnerCursor(executions) && (offset === null || isCount(offset)) && isCount(index)
      ? { executions, offset, index }
      : undefined,
  );
}
