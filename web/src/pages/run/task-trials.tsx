import { Link } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import type { TaskView, TrialView } from "../../../../src/api/index.ts";
import { formatValue } from "../../../../src/views/index.ts";
import { useProject } from "../../frame/use-project.ts";
import { StateMark } from "../../shared/state-mark.tsx";
import { goalMetrics, rankedTrials } from "./ranked-trials.ts";
import { TrialActions } from "./task-actions.tsx";

/** Rows at first. */
const SHOWN = 50;

/** The leader board of a task: the best trial first, with its goals and the values that were tried. */
export function TaskTrials({ task }: { readonly task: TaskView }): ReactElement {
  const [most, setMost] = useState(SHOWN);
  const metrics = goalMetrics(task);
  const rows = rankedTrials(task.trials);
  if (rows.length === 0) return <p className="small quiet">No trial has begun yet.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="scrolls" tabIndex={0} aria-label="Trials, the best first">
      <table className="table">
        <thead>
          <tr>
            <th className="number">Place</th>
            <th>Execution</th>
            <th>State</th>
            {[...metrics, ...task.parameters].map((name) => (
              <th key={name} className="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, most).map((trial) => (
            <Row key={trial.trial} trial={trial} metrics={metrics} parameters={task.parameters} />
          ))}
        </tbody>
      </table>
      {rows.length > most && (
        <button type="button" className="link small" onClick={() => setMost(rows.length)}>
          {rows.length - most} more
        </button>
      )}
    </section>
  );
}

interface RowProps {
  readonly trial: TrialView;
  readonly metrics: readonly string[];
  readonly parameters: readonly string[];
}

function Row({ trial, metrics, parameters }: RowProps): ReactElement {
  const { address } = useProject();
  const { execution, rank, isBest, outcome, reused, state, problem, reason } = trial;
  return (
    <tr title={problem ?? reason ?? undefined}>
      <td className="number nowrap">
        {isBest && (
          <span title="no other trial is better in all goals">
            ★<span className="visually-hidden"> best</span>{" "}
          </span>
        )}
        {rank ?? "–"}
      </td>
      <td>
        <Link
          to="/p/$owner/$name/executions/$execution"
          params={{ ...address, execution: String(execution) }}
          className="plain-link"
        >
          #{execution}
        </Link>
      </td>
      <td>
        <span className="row tight nowrap">
          {outcome === "pruned" ? (
            <StateMark state="stopped" word="pruned" />
          ) : (
            <StateMark state={reused ? "reused" : state} />
          )}
          <TrialActions trial={trial} />
        </span>
      </td>
      {metrics.map((name) => (
        <td key={name} className="number">
          {shown(trial.metrics[name] ?? null)}
        </td>
      ))}
      {parameters.map((name) => (
        <td key={name} className="number">
          {shown(trial.values[name] ?? null)}
        </td>
      ))}
    </tr>
  );
}

function shown(value: TrialView["values"][string]): string {
  return value === null ? "–" : formatValue(value, { short: true });
}
