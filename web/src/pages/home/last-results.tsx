import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { RunRowView } from "../../../../src/api/index.ts";
import { formatValue } from "../../../../src/views/index.ts";
import { useProject } from "../../frame/use-project.ts";
import { Ago } from "../../shared/amounts.tsx";
import { Spark } from "../../shared/chart/spark.tsx";
import { StateMark } from "../../shared/state-mark.tsx";

/** As many metrics of each pipeline are shown. */
const METRICS = 4;
/** A trend is over as many runs at most. */
const TREND = 20;

/** The last result of each pipeline and step, with the course of its numbers over the runs before. */
export function LastResults({ runs }: { readonly runs: readonly RunRowView[] }): ReactElement {
  const { address } = useProject();
  const targets = Map.groupBy(runs, ({ kind, name }) => `${kind}:${name}`);
  return (
    <section className="block">
      <h2>Last results</h2>
      <div className="table-frame">
        <table className="table results">
          <thead>
            <tr>
              <th>Pipeline or step</th>
              <th>Last run</th>
              <th className="number">Ended</th>
              <th>Numbers, and their course</th>
            </tr>
          </thead>
          <tbody>
            {[...targets].map(([target, all]) => {
              const [last] = all;
              if (last === undefined) return null;
              return (
                <tr key={target}>
                  <td className="name">
                    {last.kind === "pipeline" ? (
                      <Link to="/p/$owner/$name/pipelines/$pipeline" params={{ ...address, pipeline: last.name }}>
                        {last.name}
                      </Link>
                    ) : (
                      <Link to="/p/$owner/$name/runs" params={address} search={{ name: last.name }}>
                        {last.name}
                      </Link>
                    )}
                  </td>
                  <td>
                    <Link to="/p/$owner/$name/runs/$run" params={{ ...address, run: String(last.number) }}>
                      <StateMark state={last.state} word={`#${last.number}`} />
                    </Link>
                  </td>
                  <td className="number">
                    <Ago at={last.finishedAt} />
                  </td>
                  <td>
                    <Trends runs={all} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const COUNTERS = new Set(["epoch", "step", "global_step", "iteration", "iter", "batch", "round"]);

/** `metadata.auc` is `auc` here, where only metadata stands. */
function nameOf(column: string): string {
  return column.replace(/(^|\.)metadata\./, "$1");
}

function Trends({ runs }: { readonly runs: readonly RunRowView[] }): ReactElement {
  const done = runs
    .filter(({ state }) => state === "complete")
    .slice(0, TREND)
    .reverse();
  const last = done.at(-1);
  // Numbers that no run changes, and those that count the points of a curve, say nothing of the results.
  const names = Object.keys(last?.values ?? {}).filter((name) => {
    if (COUNTERS.has(nameOf(name))) return false;
    const values = done.map((run) => run.values[name]).filter((value) => typeof value === "number");
    return values.length > 0 && (values.length === 1 || new Set(values).size > 1);
  });
  if (last === undefined || names.length === 0) return <span className="quiet">–</span>;
  return (
    <div className="row trends">
      {names.slice(0, METRICS).map((name) => (
        <span key={name} className="trend">
          <span className="quiet small clip">{nameOf(name)}</span>
          <span className="number">{formatValue(last.values[name], { short: true })}</span>
          <Spark
            label={`${nameOf(name)} over ${done.length} runs`}
            values={done.flatMap(({ values }) => (typeof values[name] === "number" ? [values[name]] : []))}
          />
        </span>
      ))}
    </div>
  );
}
