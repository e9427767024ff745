import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { formatValue } from "../../../../src/views/index.ts";
import { useProject } from "../../frame/use-project.ts";
import { colourAt, type DrawnSubjects } from "./drawn-subjects.ts";
import type { ValueAxis } from "./value-axes.ts";

/** Each subject as a point, which leads to its page. */
export function Scatter({
  x,
  y,
  subjects,
  colour,
  pointed,
  onPoint,
}: DrawnSubjects & { readonly x: ValueAxis; readonly y: ValueAxis }): ReactElement {
  const { address } = useProject();
  return (
    <figure className="scatter">
      <div className="plane">
        {subjects.map(({ number, name, kind }, index) => {
          const [across, upwards] = [x.places[index], y.places[index]];
          if (typeof across !== "number" || typeof upwards !== "number") return null;
          const values = `${x.name} ${formatValue(x.values[index])}, ${y.name} ${formatValue(y.values[index])}`;
          const look = {
            title: `#${number} ${name}: ${values}`,
            "aria-label": `#${number} ${name}: ${values}`,
            className: `point ${pointed === number ? "pointed" : ""}`,
            style: {
              left: `${across * 100}%`,
              bottom: `${upwards * 100}%`,
              background: colourAt(colour.places[index]),
            },
            onPointerEnter: () => onPoint(number),
            onPointerLeave: () => onPoint(undefined),
            onFocus: () => onPoint(number),
            onBlur: () => onPoint(undefined),
          };
          return kind === "run" ? (
            <Link key={number} to="/p/$owner/$name/runs/$run" params={{ ...address, run: String(number) }} {...look} />
          ) : (
            <Link
              key={number}
              to="/p/$owner/$name/executions/$execution"
              params={{ ...address, execution: String(number) }}
              {...look}
            />
          );
        })}
      </div>
      <Ends axis={y} className="upwards" />
      <Ends axis={x} className="across" />
    </figure>
  );
}

function Ends({
  axis: { name, ticks },
  className,
}: {
  readonly axis: ValueAxis;
  readonly className: string;
}): ReactElement {
  const [first, last] = [ticks[0], ticks.at(-1)];
  return (
    <div className={`ends ${className} small quiet`}>
      <span className="number">{formatValue(first?.value, { short: true })}</span>
      <span className="clip">{name}</span>
      <span className="number">{formatValue(last?.value, { short: true })}</span>
    </div>
  );
}
