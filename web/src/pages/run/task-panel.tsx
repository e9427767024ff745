import "../../styles/compare.css";
import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import type { TaskView } from "../../../../src/api/index.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Waiting } from "../../shared/notices.tsx";
import { TaskActions } from "./task-actions.tsx";
import { TaskCourse, TaskFront } from "./task-plots.tsx";
import { TaskTrials } from "./task-trials.tsx";

/** The trials of a task, the best first, how its goals went, and which parameters matter. */
export function TaskPanel({ run, node }: { readonly run: number; readonly node: string }): ReactElement {
  const { ref } = useProject();
  const found = useQuery(
    read("/api/v0/projects/:project/runs/:run/tasks/:node/", { params: { project: ref, run, node } }),
  );
  if (found.data === undefined) return <Waiting read={found} />;
  const task = found.data;
  return (
    <>
      <p className="small soft breaks">{[countsOf(task), ...task.notes].join(". ")}</p>
      <TaskActions task={task} />
      <TaskCourse task={task} />
      <h3>Trials</h3>
      <TaskTrials task={task} />
      <TaskFront task={task} />
      <Importance task={task} />
    </>
  );
}

const SEARCHES: Readonly<Record<TaskView["method"], string>> = {
  grid: "grid search",
  random: "random search",
  manual: "given values",
  tpe: "Bayesian search",
  sobol: "quasi-random search",
  distributed: "distributed",
};

/** `Bayesian search for max:auc: 13 of 14 complete, 1 failed` */
function countsOf({ method, goals, planned, complete, running, pruned, failed, stopped }: TaskView): string {
  const counts = Object.entries({ running, pruned, failed, stopped })
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${count} ${word}`);
  const done = `${complete}${planned === null ? "" : ` of ${planned}`} complete`;
  const search = SEARCHES[method];
  return `${search.charAt(0).toUpperCase()}${search.slice(1)}${goals.length === 0 ? "" : ` for ${goals.join(" and ")}`}: ${[done, ...counts].join(", ")}`;
}

function Importance({ task: { importance } }: { readonly task: TaskView }): ReactElement | null {
  if (importance.every(({ share }) => share === null)) return null;
  return (
    <>
      <h3>Importance of the parameters</h3>
      <table className="table importance">
        <tbody>
          {importance.map(({ parameter, share }) => (
            <tr key={parameter}>
              <th scope="row" className="breaks">
                {parameter}
              </th>
              <td aria-hidden="true">{share !== null && <i style={{ width: `${Math.round(share * 100)}%` }} />}</td>
              <td className="number">{share === null ? "–" : `${Math.round(share * 100)} %`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
