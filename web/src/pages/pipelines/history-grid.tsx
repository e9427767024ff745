import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { NodeView, RunRowView } from "../../../../src/api/index.ts";
import { formatDuration, stateLook } from "../../../../src/views/index.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Ago } from "../../shared/amounts.tsx";
import { StateMark } from "../../shared/state-mark.tsx";

/** As many nodes are rows; a larger pipeline is looked at in the page of a run. */
const NODES = 200;
const [CELL_PX, LEAST_PX] = [24, 5];

/**
 * A row for each node, a column for each run, the newest on the right: state by colour and shape, time by height
 * against the longest of the row. A node that often fails or grows slower is seen at once.
 */
export function HistoryGrid({
  runs,
  nodes,
}: {
  readonly runs: readonly RunRowView[];
  readonly nodes: readonly string[];
}): ReactElement {
  const { ref, address } = useProject();
  const columns = [...runs].reverse();
  const reads = useQueries({
    queries: columns.map(({ number }) =>
      read("/api/v0/projects/:project/runs/:run/nodes/", {
        params: { project: ref, run: number },
        query: { limit: NODES },
      }),
    ),
  });
  const byRun = reads.map(({ data }) => new Map((data?.items ?? []).map((node) => [node.name, node])));
  // Nodes that the file no longer has stand at the end.
  const names = [...new Set([...nodes, ...byRun.flatMap((run) => [...run.keys()])])].slice(0, NODES);
  return (
    <section className="table-frame grid-frame" aria-label="History">
      <table className="history">
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Node</span>
            </th>
            {columns.map((run) => (
              <th key={run.id} scope="col">
                <Link
                  to="/p/$owner/$name/runs/$run"
                  params={{ ...address, run: String(run.number) }}
                  aria-label={`Run ${run.number}: ${run.state}`}
                >
                  <StateMark state={run.state} bare />
                  <span className="number">{run.number}</span>
                </Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const longest = Math.max(...byRun.map((run) => run.get(name)?.execution?.durationS ?? 0));
            return (
              <tr key={name}>
                <th scope="row" className="clip">
                  {name}
                </th>
                {columns.map((run, index) => (
                  <td key={run.id}>
                    <Cell node={byRun[index]?.get(name)} run={run.number} longest={longest} />
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className="small quiet">
        {columns[0] !== undefined && (
          <>
            From <Ago at={columns[0].createdAt} /> on the left to the newest run. Height is time, against the longest of
            the row.
          </>
        )}
      </p>
    </section>
  );
}

interface CellProps {
  readonly node: NodeView | undefined;
  readonly run: number;
  readonly longest: number;
}

function Cell({ node, run, longest }: CellProps): ReactElement | null {
  const { address } = useProject();
  if (node === undefined) return null;
  const { name, reused, reason, execution } = node;
  const state = reused && node.state === "complete" ? "reused" : node.state;
  const seconds = reused ? null : (execution?.durationS ?? null);
  const height = seconds === null || longest === 0 ? LEAST_PX : LEAST_PX + (seconds / longest) * (CELL_PX - LEAST_PX);
  const took = seconds === null ? "" : `, ${formatDuration(seconds)}`;
  const why = node.state === "error" ? (execution?.reason ?? reason) : null;
  return (
    <Link
      to="/p/$owner/$name/runs/$run"
      params={{ ...address, run: String(run) }}
      search={{ node: name }}
      className={`cell tone-${stateLook(state).tone} is-${state}`}
      title={`${name} in run ${run}: ${state}${took}${why === null ? "" : ` (${why})`}`}
      aria-label={`${name} in run ${run}: ${state}${took}`}
    >
      <svg width="14" height={CELL_PX} aria-hidden="true">
        <rect x="2" width="10" y={CELL_PX - height} height={height} rx="1" />
        {state === "error" && <path d={`M4 ${CELL_PX - 9}l6 6M10 ${CELL_PX - 9}l-6 6`} />}
      </svg>
    </Link>
  );
}
