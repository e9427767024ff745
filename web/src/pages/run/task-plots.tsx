import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { TaskView } from "../../../../src/api/index.ts";
import { formatValue } from "../../../../src/views/index.ts";
import { useProject } from "../../frame/use-project.ts";
import { goalMetrics } from "./ranked-trials.ts";

const WIDTH = 320;
const HEIGHT = 80;

const short = (value: number): string => formatValue(value, { short: true });

/** The first goal of each trial in their order, and the best so far as a line. */
export function TaskCourse({ task }: { readonly task: TaskView }): ReactElement | null {
  const [metric] = goalMetrics(task);
  const points = task.trials.flatMap(({ trial, metrics, outcome, isBest }) => {
    const value = metric === undefined || outcome !== "complete" ? null : (metrics[metric] ?? null);
    return value === null ? [] : [{ trial, value, isBest }];
  });
  if (metric === undefined || points.length < 2) return null;
  const [low, high] = rangeOf(points.map(({ value }) => value));
  const x = (trial: number): number => 4 + ((trial - 1) / Math.max(1, task.trials.length - 1)) * (WIDTH - 8);
  const y = (value: number): number => HEIGHT - 4 - ((value - low) / (high - low || 1)) * (HEIGHT - 8);
  const isMin = task.goals[0]?.startsWith("min:") === true;
  let best = points[0]?.value ?? 0;
  // A step, not a slope: the best changes with the trial that is better.
  const line = points.map(({ trial, value }) => {
    const before = `${x(trial).toFixed(1)},${y(best).toFixed(1)}`;
    best = isMin ? Math.min(best, value) : Math.max(best, value);
    return `${before} ${x(trial).toFixed(1)},${y(best).toFixed(1)}`;
  });
  const words = `${metric} of ${points.length} trials, from ${short(low)} to ${short(high)}`;
  return (
    <figure className="task-plot">
      <figcaption className="spread small quiet">
        <span className="clip">{metric}, trial by trial</span>
        <span className="number">
          {short(low)} – {short(high)}
        </span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" role="img" aria-label={words}>
        <polyline points={line.join(" ")} className="best" />
        {points.map(({ trial, value, isBest }) => (
          <circle key={trial} cx={x(trial)} cy={y(value)} r={isBest ? 3.2 : 2.2} className={isBest ? "best" : ""}>
            <title>{`trial ${trial}: ${metric} ${short(value)}`}</title>
          </circle>
        ))}
      </svg>
    </figure>
  );
}

/** With two goals each trial as a point over both; those that no other beats are marked: the Pareto front. */
export function TaskFront({ task }: { readonly task: TaskView }): ReactElement | null {
  const { address } = useProject();
  const [across, upwards] = goalMetrics(task);
  const points = task.trials.flatMap(({ trial, execution, metrics, isBest, outcome }) => {
    const [x, y] = [metrics[across ?? ""] ?? null, metrics[upwards ?? ""] ?? null];
    return x === null || y === null || outcome !== "complete" ? [] : [{ trial, execution, x, y, isBest }];
  });
  if (across === undefined || upwards === undefined || points.length < 2) return null;
  const [left, right] = rangeOf(points.map(({ x }) => x));
  const [low, high] = rangeOf(points.map(({ y }) => y));
  const share = (value: number, from: number, to: number): string => `${((value - from) / (to - from || 1)) * 100}%`;
  return (
    <>
      <h3>Goals against each other</h3>
      <figure className="scatter task-front" aria-label={`${upwards} over ${across}`}>
        <div className="plane">
          {points.map(({ trial, execution, x, y, isBest }) => {
            const words = `#${execution}: ${across} ${short(x)}, ${upwards} ${short(y)}${isBest ? ", no other is better in all goals" : ""}`;
            return (
              <Link
                key={trial}
                to="/p/$owner/$name/executions/$execution"
                params={{ ...address, execution: String(execution) }}
                className={isBest ? "point best" : "point"}
                style={{ left: share(x, left, right), bottom: share(y, low, high) }}
                title={words}
                aria-label={words}
              />
            );
          })}
        </div>
        <div className="ends upwards small quiet">
          <span className="number">{short(low)}</span>
          <span className="clip">{upwards}</span>
          <span className="number">{short(high)}</span>
        </div>
        <div className="ends across small quiet">
          <span className="number">{short(left)}</span>
          <span className="clip">{across}</span>
          <span className="number">{short(right)}</span>
        </div>
      </figure>
      <p className="small quiet">Marked trials are those that no other one beats in all goals.</p>
    </>
  );
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
