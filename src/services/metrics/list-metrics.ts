import type { MetricSeriesView, Page, SeriesQuery } from "../../api/index.ts";
import type { ExecutionRecord, ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { momentOf } from "../lists/period.ts";
import { ExecutionsBehind } from "./executions-behind.ts";
import { pointsOf } from "./metric-points.ts";
import { collectSeries, type PrintedPoint, type SeriesRequest } from "./metric-series.ts";

/** The metrics of so many executions as a page has, execution after execution. */
export async function listMetrics({ project }: Context, query: SeriesQuery): Promise<Page<MetricSeriesView>> {
  requirePageSize(query.limit);
  const store = await project.reader();
  const { items, next } = await (await ExecutionsBehind.of(store, query.refs)).page(query);
  const series = await collectSeries(pointsOfAll(store, items), requestOf(query));
  return { items: series, next };
}

function requestOf({ keys = [], axis, points, smoothing, from, to, since, until }: SeriesQuery): SeriesRequest {
  const range = {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(since === undefined ? {} : { sinceMs: momentOf(since) }),
    ...(until === undefined ? {} : { untilMs: momentOf(until) }),
  };
  return {
    ...{ keys, range },
    ...(axis === undefined ? {} : { axis }),
    ...(points === undefined ? {} : { most: points }),
    ...(smoothing === undefined ? {} : { smoothing }),
  };
}

async function* pointsOfAll(store: ProjectStore, executions: readonly ExecutionRecord[]): AsyncGenerator<PrintedPoint> {
  for (const execution of executions) yield* pointsOf(store, execution);
}
