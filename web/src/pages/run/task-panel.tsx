import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { TaskView, TrialView } from "../../../../src/api/index.ts";
import { formatValue } from "../../../../src/views/index.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Waiting } from "../../shared/notices.tsx";
import { StateMark } from "../../shared/state-mark.tsx";

/** Rows that somebody reads beside a graph; the command line has all. */
const SHOWN = 50;

/** The trials of a task, the best first, how its goal went, and which parameters matter. */
export function TaskPanel({ run, node }: { readonly run: number; readonly node: string }): ReactElement {
  const { ref } = useProject();
  const found = useQuery(
    read("/api/v0/projects/:project/runs/:run/tasks/:node/", { params: { project: ref, run, node } }),
  );
  if (found.data === undefined) return <Waiting read={found} />;
  const task = found.data;
  return (
    <>
      <p className="small soft breaks">
        {[task.goals.join(", "), ...task.notes].filter((text) => text !== "").join(". ")}
      </p>
      <Course task={task} />
      <h3>Trials</h3>
      <Trials task={task} />
      {task.importance.some(({ share }) => share !== null) && (
        <>
          <h3>Importance</h3>
          <table className="table">
            <tbody>
              {task.importance.map(({ parameter, share }) => (
                <tr key={parameter}>
                  <td className="breaks">{parameter}</td>
                  <td className="number">{share === null ? "–" : `${Math.round(share * 100)} %`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </>
  );
}

function Trials({ task }: { readonly task: TaskView }): ReactElement {
  const { address } = useProject();
  const metrics = Object.keys(task.trials[0]?.metrics ?? {});
  const place = ({ rank }: TrialView): number => rank ?? Number.POSITIVE_INFINITY;
  const rows = task.trials.toSorted((a, b) => (place(a) === place(b) ? a.trial - b.trial : place(a) - place(b)));
  return (
    <div className="scrolls">
      <table className="table">
        <thead>
          <tr>
            <th>#</th>
            <th>State</th>
            {[...metrics, ...task.parameters].map((name) => (
              <th key={name} className="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map((trial) => (
            <tr key={trial.trial} title={trial.problem ?? trial.reason ?? undefined}>
              <td>
                <Link
                  to="/p/$owner/$name/executions/$execution"
                  params={{ ...address, execution: String(trial.execution) }}
                  className="plain-link"
                >
                  {trial.execution}
                </Link>
                {trial.isBest ? " ★" : ""}
              </td>
              <td>
                {trial.outcome === "pruned" ? "pruned" : <StateMark state={trial.reused ? "reused" : trial.state} />}
              </td>
              {metrics.map((name) => (
                <td key={name} className="number">
                  {shown(trial.metrics[name] ?? null)}
                </td>
              ))}
              {task.parameters.map((name) => (
                <td key={name} className="number">
                  {shown(trial.values[name] ?? null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && <p className="small quiet">and {rows.length - SHOWN} more</p>}
    </div>
  );
}

function shown(value: TrialView["values"][string]): string {
  return value === null ? "–" : formatValue(value, { short: true });
}

const WIDTH = 320;
const HEIGHT = 80;

/** The first goal of each trial in their order, and the best so far as a line. */
function Course({ task }: { readonly task: TaskView }): ReactElement | null {
  const [metric] = Object.keys(task.trials[0]?.metrics ?? {});
  const points = task.trials.flatMap(({ trial, metrics, outcome }) => {
    const value = metric === undefined || outcome !== "complete" ? null : (metrics[metric] ?? null);
    return value === null ? [] : [{ trial, value }];
  });
  if (metric === undefined || points.length < 2) return null;
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (trial: number): number => 4 + ((trial - 1) / Math.max(1, task.trials.length - 1)) * (WIDTH - 8);
  const y = (value: number): number => HEIGHT - 4 - ((value - low) / (high - low || 1)) * (HEIGHT - 8);
  const isMin = task.goals[0]?.startsWith("min:") === true;
  let best = points[0]?.value ?? 0;
  const line = points.map(({ trial, value }) => {
    best = isMin ? Math.min(best, value) : Math.max(best, value);
    return `${x(trial).toFixed(1)},${y(best).toFixed(1)}`;
  });
  const words = `${metric} of ${points.length} trials, from ${formatValue(low, { short: true })} to ${formatValue(high, { short: true })}`;
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" role="img" aria-label={words}>
      <title>{words}</title>
      <polyline points={line.join(" ")} fill="none" stroke="currentColor" strokeWidth="1" opacity="0.5" />
      {points.map(({ trial, value }) => (
        <circle key={trial} cx={x(trial)} cy={y(value)} r="2" fill="currentColor" />
      ))}
    </svg>
  );
}
