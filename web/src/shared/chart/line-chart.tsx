import "uplot/dist/uPlot.min.css";
import "../../styles/chart.css";
import { useComputedColorScheme } from "@mantine/core";
import { type ReactElement, useEffect, useRef } from "react";
import uPlot, { type AlignedData, type Options } from "uplot";
import { formatClock, formatValue } from "../../../../src/views/index.ts";
import { SERIES_COLOURS } from "./colours.ts";

export interface ChartSeries {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface LineChartProps {
  readonly title: string;
  readonly series: readonly ChartSeries[];
  /** The quantity that the points are counted by. */
  readonly axis: string;
  readonly isTime?: boolean;
  readonly isLog?: boolean;
  readonly height?: number;
  /** The stretch of the axis that is shown; all where there is none. */
  readonly range?: Range | undefined;
  /** Somebody has chosen a stretch, or all again. */
  readonly onRange?: (range: Range | undefined) => void;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Lines over one axis. Dragging zooms, a double click shows all again. */
export function LineChart(props: LineChartProps): ReactElement {
  const { title, series, axis, isTime = false, isLog = false, height = 190, range, onRange } = props;
  const frame = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme();
  const told = useRef(onRange);
  told.current = onRange;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours change with the theme
  useEffect(() => {
    const place = frame.current;
    if (place === null) return;
    const data = dataOf(series);
    const chart = new uPlot(
      {
        ...optionsOf(place, { series, isTime, isLog }),
        ...{ width: Math.max(120, place.clientWidth), height },
        hooks: {
          setSelect: [
            ({ select, posToVal }) => {
              if (select.width < 3) return;
              told.current?.({ from: posToVal(select.left, "x"), to: posToVal(select.left + select.width, "x") });
            },
          ],
        },
      },
      data,
      place,
    );
    if (range !== undefined) chart.setScale("x", { min: range.from, max: range.to });
    const onAll = (): void => told.current?.(undefined);
    chart.over.addEventListener("dblclick", onAll);
    const watch = new ResizeObserver(() => chart.setSize({ width: Math.max(120, place.clientWidth), height }));
    watch.observe(place);
    return () => {
      watch.disconnect();
      chart.destroy();
    };
  }, [series, isTime, isLog, height, scheme, range?.from, range?.to]);
  return (
    <figure className="chart">
      <figcaption className="spread">
        <h3 className="breaks">{title}</h3>
        <span className="small quiet">{axis}</span>
      </figcaption>
      <div ref={frame} role="img" aria-label={describe(title, series)} />
    </figure>
  );
}

/** Describes the chart to a person who does not see it: where each line begins and ends. */
function describe(title: string, series: readonly ChartSeries[]): string {
  const lines = series.slice(0, 8).map(({ label, points }) => {
    const [first, last] = [points[0]?.y, points.at(-1)?.y];
    return `${label} from ${formatValue(first, { short: true })} to ${formatValue(last, { short: true })}`;
  });
  return `${title}: ${lines.join("; ")}`;
}

function dataOf(series: readonly ChartSeries[]): AlignedData {
  const tables = series.map(({ points }): AlignedData => [points.map(({ x }) => x), points.map(({ y }) => y)]);
  return tables.length === 0 ? [[], []] : tables.length === 1 ? (tables[0] ?? [[], []]) : uPlot.join(tables);
}

function optionsOf(
  place: HTMLElement,
  {
    series,
    isTime,
    isLog,
  }: { readonly series: readonly ChartSeries[]; readonly isTime: boolean; readonly isLog: boolean },
): Omit<Options, "width" | "height"> {
  const style = getComputedStyle(place);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const face = `11px ${colour("--face")}`;
  const axis = {
    stroke: colour("--ink-3"),
    font: face,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    scales: { x: { time: false }, y: isLog ? { distr: 3, log: 10 } : {} },
    legend: { show: series.length > 1, live: true },
    cursor: { points: { size: 6 }, drag: { x: true, y: false } },
    axes: [
      {
        ...axis,
        size: 26,
        ...(isTime && { values: (_: uPlot, ticks: number[]) => ticks.map((at) => formatClock(at)) }),
      },
      {
        ...axis,
        size: 56,
        values: (_: uPlot, ticks: (number | null)[]) =>
          ticks.map((tick) => (tick === null ? "" : formatValue(tick, { short: true }))),
      },
    ],
    series: [
      {
        value: (_: uPlot, at: number | null) =>
          at === null ? "" : isTime ? formatClock(at) : formatValue(at, { short: true }),
      },
      ...series.map(({ label, points }, index) => ({
        label,
        stroke: colour(SERIES_COLOURS[index % SERIES_COLOURS.length] ?? "--accent"),
        width: 1.5,
        spanGaps: true,
        points: { show: points.length < 30, size: 5 },
        value: (_: uPlot, value: number | null) => (value === null ? "–" : formatValue(value, { short: true })),
      })),
    ],
  };
}
