import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactElement, Suspense, useState } from "react";
import type { MetricSeriesView } from "../../../../src/api/index.ts";
import { read, readKept } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { chartSeries } from "../../shared/chart/series-of.ts";
import { SmoothingSlider } from "../../shared/chart/smoothing-slider.tsx";
import { Loading } from "../../shared/notices.tsx";

const LineChart = lazy(async () => ({ default: (await import("../../shared/chart/line-chart.tsx")).LineChart }));

/** Executions of so many runs are overlaid; more lines are told apart by nobody. */
const MOST_EXECUTIONS = 60;
const MOST_CHARTS = 12;
/** The server thins the points of a curve to so many. */
const MOST_POINTS = 1_000;

/** The metrics that have a course in two of the subjects at least, each over each other. */
export function ComparedCurves({ refs }: { readonly refs: readonly string[] }): ReactElement | null {
  const { ref } = useProject();
  const [smoothing, setSmoothing] = useState(0);
  // Each value is a question to the server.
  const [asked] = useDebouncedValue(smoothing, 150);
  const summary = useQuery(
    read("/api/v0/projects/:project/metrics/", {
      params: { project: ref },
      query: { refs: [...refs], limit: MOST_EXECUTIONS },
    }),
  );
  const items = summary.data?.items ?? [];
  const axes = new Set(items.map(({ axis }) => axis));
  // A metric that only counts the points is a straight line over itself.
  const courses = items.filter(({ count, key }) => count > 1 && !axes.has(key));
  const keys = [...Map.groupBy(courses, ({ key }) => key)].filter(([, all]) => all.length > 1).map(([key]) => key);
  const shown = keys.slice(0, MOST_CHARTS);
  const series = useQuery({
    ...readKept("/api/v0/projects/:project/metrics/", {
      params: { project: ref },
      query: {
        refs: [...refs],
        limit: MOST_EXECUTIONS,
        keys: shown,
        points: MOST_POINTS,
        ...(asked > 0 && { smoothing: asked }),
      },
    }),
    enabled: shown.length > 0,
  });
  if (shown.length === 0) return null;
  const byKey = Map.groupBy(series.data?.items ?? [], ({ key }: MetricSeriesView) => key);
  return (
    <section className="block">
      <div className="spread">
        <h2>Curves</h2>
        <SmoothingSlider value={smoothing} onChange={setSmoothing} />
      </div>
      <Suspense fallback={<Loading what="the curves" />}>
        <div className="charts">
          {[...byKey].map(([key, all]) => (
            <LineChart
              key={key}
              title={key}
              axis={all[0]?.axis ?? "point"}
              series={all.map((metric) => chartSeries(metric, labelOf(metric), false))}
            />
          ))}
        </div>
      </Suspense>
      {keys.length > shown.length && <p className="small quiet">and {keys.length - shown.length} more metrics</p>}
    </section>
  );
}

function labelOf({ execution, node }: MetricSeriesView): string {
  return `#${execution} ${node}`;
}
