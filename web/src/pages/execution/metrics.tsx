import { SegmentedControl, Switch } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type ReactElement, useMemo, useState } from "react";
import type { ExecutionView, MetricSeriesView } from "../../../../src/api/index.ts";
import { readKept } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { LineChart, type Range } from "../../shared/chart/line-chart.tsx";
import { chartSeries } from "../../shared/chart/series-of.ts";
import { SmoothingSlider } from "../../shared/chart/smoothing-slider.tsx";
import { MetadataFigures } from "../../shared/figures/metadata-figures.tsx";
import { Empty, Waiting } from "../../shared/notices.tsx";
import { ValueTable } from "../../shared/value-table.tsx";
import type { ExecutionSearch } from "./execution-search.ts";

/** As many charts at first: the points of each are fetched. */
const MOST = 24;
/** The server thins the points of a curve to so many: more than a chart has columns cannot be told apart. */
const POINTS = 2_000;

const route = getRouteApi("/p/$owner/$name/executions/$execution");

// biome-ignore lint/style/noDefaultExport: React loads a part of the page later by its default export
export default function Metrics({ execution }: { readonly execution: ExecutionView }): ReactElement {
  const { ref, address } = useProject();
  const search = route.useSearch();
  const navigate = useNavigate();
  const [isLog, setLog] = useState(false);
  const [smoothing, setSmoothing] = useState(0);
  // Each value is a question to the server.
  const [asked] = useDebouncedValue(smoothing, 150);
  const [most, setMost] = useState(MOST);
  const { number, metadata, node } = execution;
  const keys = Object.keys(metadata).filter((key) => typeof metadata[key] === "number");
  const isByTime = search.by === "time";
  const range = rangeIn(search);
  const show = (changed: Pick<ExecutionSearch, "by" | "from" | "to">): void => {
    const { by: _, from: __, to: ___, ...kept } = search;
    const params = { ...address, execution: String(number) };
    void navigate({
      to: "/p/$owner/$name/executions/$execution",
      params,
      search: { ...kept, ...changed },
      replace: true,
    });
  };
  const series = useQuery({
    ...readKept("/api/v0/projects/:project/metrics/", {
      params: { project: ref },
      query: {
        ...{ refs: [String(number)], limit: 1, keys: keys.slice(0, most), points: POINTS },
        ...(asked > 0 && { smoothing: asked }),
        ...(range !== undefined && (isByTime ? timesOf(range) : range)),
      },
    }),
    enabled: keys.length > 0,
  });
  if (Object.keys(metadata).length === 0)
    return (
      <Empty title="This execution has printed no metrics" command={'echo \'{"epoch": 1, "loss": 0.25}\''}>
        A step tells a metric by printing a line of JSON:
      </Empty>
    );
  const items = series.data?.items ?? [];
  const axes = new Set(items.map(({ axis }) => axis));
  // A metric that only counts the points is a straight line over itself.
  const curves = items.filter(({ count, key }) => count > 1 && !axes.has(key));
  return (
    <div className="stack">
      <div className="filters">
        <SegmentedControl
          aria-label="Axis"
          data={[
            { value: "step", label: curves[0]?.axis ?? "step" },
            { value: "time", label: "time" },
          ]}
          value={isByTime ? "time" : "step"}
          onChange={(value) => show(value === "time" ? { by: "time" } : {})}
        />
        <Switch label="log axis" checked={isLog} onChange={(event) => setLog(event.currentTarget.checked)} />
        <SmoothingSlider value={smoothing} onChange={setSmoothing} />
        {range !== undefined && (
          <button type="button" className="link small" onClick={() => show(isByTime ? { by: "time" } : {})}>
            Show all of it
          </button>
        )}
      </div>
      {series.data === undefined && keys.length > 0 && <Waiting read={series} what="the curves" />}
      <div className="charts">
        {curves.map((metric) => (
          <Curve
            key={metric.key}
            {...{ metric, node, isByTime, isLog, range }}
            onRange={(chosen) => show({ ...(isByTime && { by: "time" }), ...chosen })}
          />
        ))}
      </div>
      {keys.length > most && (
        <button type="button" className="link" onClick={() => setMost(most + MOST)}>
          Show {Math.min(MOST, keys.length - most)} more of {keys.length} metrics
        </button>
      )}
      <MetadataFigures metadata={metadata} />
      <section className="block">
        <h2>Last values</h2>
        <div className="readable">
          <ValueTable values={metadata} />
        </div>
      </section>
    </div>
  );
}

interface CurveProps {
  readonly metric: MetricSeriesView;
  readonly node: string;
  readonly isByTime: boolean;
  readonly isLog: boolean;
  readonly range: Range | undefined;
  readonly onRange: (range: Range | undefined) => void;
}

function rangeIn({ from, to }: ExecutionSearch): Range | undefined {
  return from === undefined || to === undefined ? undefined : { from, to };
}

function timesOf({ from, to }: Range): { readonly since: string; readonly until: string } {
  return { since: new Date(Math.floor(from)).toISOString(), until: new Date(Math.ceil(to)).toISOString() };
}

function Curve({ metric, node, isByTime, isLog, range, onRange }: CurveProps): ReactElement {
  const series = useMemo(() => [chartSeries(metric, node, isByTime)], [metric, node, isByTime]);
  const axis = isByTime ? "time" : (metric.axis ?? "point");
  return <LineChart title={metric.key} {...{ series, axis, isLog, range, onRange }} isTime={isByTime} />;
}
