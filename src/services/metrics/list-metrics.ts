import type { MetricSeriesView, Page, SeriesQuery } from "../../api/index.ts";
import { type ExecutionRecord, isFinal, type ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { momentOf } from "../lists/period.ts";
import { ExecutionsBehind } from "./executions-behind.ts";
import { AT_ONCE, pointPages } from "./metric-points.ts";
import { collectSeries, type PointPage, type SeriesRequest, seriesOfColumns } from "./metric-series.ts";
import { KeptColumns, PointColumns } from "./point-columns.ts";

/** The metrics of so many executions as a page has, execution after execution. */
export async function listMetrics({ project }: Context, query: SeriesQuery): Promise<Page<MetricSeriesView>> {
  requirePageSize(query.limit);
  const store = await project.reader();
  const { items, next } = await (await ExecutionsBehind.of(store, query.refs)).page(query);
  const request = requestOf(query);
  const kept = keptIn(project);
  const series: MetricSeriesView[] = [];
  for (const execution of items) series.push(...(await seriesOf(store, execution, request, kept)));
  return { items: series, next };
}

const KEPT = new WeakMap<Context["project"], KeptColumns>();

function keptIn(project: Context["project"]): KeptColumns {
  const kept = KEPT.get(project) ?? new KeptColumns();
  KEPT.set(project, kept);
  return kept;
}

async function seriesOf(
  store: ProjectStore,
  execution: ExecutionRecord,
  request: SeriesRequest,
  kept: KeptColumns,
): Promise<readonly MetricSeriesView[]> {
  const { id, number, node } = execution;
  const held = kept.get(id);
  if (held !== undefined) return seriesOfColumns(held, { execution: number, node }, request);
  const columns = new PointColumns();
  const series = await collectSeries(noted(pointPages(store, execution), columns), request);
  // An execution that goes on gets more points; a short one is read as fast.
  if (isFinal(execution.state) && columns.size >= AT_ONCE) kept.keep(id, columns);
  return series;
}

/** The pages as they come, held as columns beside where they are many. */
async function* noted(pages: AsyncIterable<PointPage>, columns: PointColumns): AsyncGenerator<PointPage> {
  for await (const page of pages) {
    if (page.index > 0 || page.points.length === AT_ONCE) for (const point of page.points) columns.add(point);
    yield page;
  }
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
