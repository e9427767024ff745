import type { ReactElement } from "react";
import { formatValue } from "../../../../src/views/index.ts";
import { colourAt, type DrawnSubjects } from "./drawn-subjects.ts";
import type { ValueAxis } from "./value-axes.ts";

const STEP_PX = 120;
const TOP_PX = 34;
const HEIGHT_PX = 210;
const SIDE_PX = 60;
/** More axes than this are read in the table. */
const MOST_AXES = 14;

/** Each subject as a line through its values. */
export function ParallelAxes({
  axes,
  subjects,
  colour,
  pointed,
  onPoint,
}: DrawnSubjects & { readonly axes: readonly ValueAxis[] }): ReactElement {
  const metrics = axes.filter(({ kind }) => kind === "metric").slice(0, MOST_AXES / 2);
  const shown = [...axes.filter(({ kind }) => kind === "parameter").slice(0, MOST_AXES - metrics.length), ...metrics];
  const width = SIDE_PX * 2 + (shown.length - 1) * STEP_PX;
  const pathOf = (index: number): string =>
    shown
      .flatMap(({ places }, axis) => {
        const place = places[index];
        return place === null || place === undefined
          ? []
          : [`${SIDE_PX + axis * STEP_PX},${TOP_PX + (1 - place) * HEIGHT_PX}`];
      })
      .join("L");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="parallel" tabIndex={0} aria-label="Parallel coordinates">
      <svg
        width={width}
        height={TOP_PX + HEIGHT_PX + 24}
        role="img"
        aria-label={`${subjects.length} lines over ${shown.map(({ name }) => name).join(", ")}; their values stand in the table`}
        onPointerLeave={() => onPoint(undefined)}
      >
        {subjects.map(({ number, name }, index) => {
          const path = pathOf(index);
          return path.includes("L") ? (
            <path
              key={number}
              d={`M${path}`}
              stroke={colourAt(colour.places[index])}
              className={pointed === undefined ? "" : pointed === number ? "pointed" : "others"}
              onPointerEnter={() => onPoint(number)}
            >
              <title>{`#${number} ${name}`}</title>
            </path>
          ) : null;
        })}
        {shown.map((axis, index) => (
          <Axis key={axis.name} axis={axis} x={SIDE_PX + index * STEP_PX} />
        ))}
      </svg>
    </section>
  );
}

function Axis({ axis: { name, ticks, kind }, x }: { readonly axis: ValueAxis; readonly x: number }): ReactElement {
  return (
    <g className={`axis ${kind}`}>
      <text x={x} y={14} textAnchor="middle" className="name">
        {name.length > 17 ? `…${name.slice(-16)}` : name}
        <title>{name}</title>
      </text>
      <line x1={x} x2={x} y1={TOP_PX} y2={TOP_PX + HEIGHT_PX} />
      {ticks.map(({ at, value }) => (
        <text key={String(value)} x={x + 5} y={TOP_PX + (1 - at) * HEIGHT_PX + (at === 0 ? 14 : at === 1 ? -4 : 4)}>
          {formatValue(value, { short: true }).slice(0, 14)}
        </text>
      ))}
    </g>
  );
}
