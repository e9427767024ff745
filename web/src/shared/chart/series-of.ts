import type { MetricSeriesView } from "../../../../src/api/index.ts";
import type { ChartSeries } from "./line-chart.tsx";

/**
 * The finite numbers of a metric as a line, smoothed where that was asked for; `isByTime`: over the time of printing,
 * in ms.
 */
export function chartSeries(metric: MetricSeriesView, label: string, isByTime: boolean): ChartSeries {
  const points = (metric.points ?? []).flatMap(({ x, at, value, smoothed }) =>
    typeof value === "number" && Number.isFinite(value)
      ? [{ x: isByTime ? Date.parse(at) : x, y: smoothed ?? value }]
      : [],
  );
  return { label, points: points.sort((a, b) => a.x - b.x) };
}
