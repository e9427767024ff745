import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useProject } from "../../frame/use-project.ts";
import { Ago, Duration, Value } from "../../shared/amounts.tsx";
import { StateMark } from "../../shared/state-mark.tsx";
import type { Row } from "./use-rows.ts";

/** The cells of a row after its box. */
export function RowCells({ row, columns }: { readonly row: Row; readonly columns: readonly string[] }): ReactElement {
  const { number, state, createdAt, durationS, startedAt, finishedAt } = row;
  return (
    <>
      <td className="number quiet">{number}</td>
      <td>
        <StateMark state={row.of === "run" && row.allReused && state === "complete" ? "reused" : state} />
      </td>
      {row.of === "run" ? <RunName run={row} /> : <ExecutionName execution={row} />}
      <td className="number">
        <Ago at={createdAt} />
      </td>
      <td className="number">
        <Duration seconds={durationS} since={finishedAt === null ? startedAt : undefined} />
      </td>
      {columns.map((name) => (
        <td key={name} className="number clip">
          <Value value={row.values[name]} />
        </td>
      ))}
    </>
  );
}

function RunName({ run }: { readonly run: Extract<Row, { of: "run" }> }): ReactElement {
  const { address } = useProject();
  const { number, name, title, tags, nodes, reason } = run;
  return (
    <>
      <td className="name">
        <div className="row tight nowrap">
          <Link to="/p/$owner/$name/runs/$run" params={{ ...address, run: String(number) }} className="clip">
            {title ?? name}
          </Link>
          {title !== null && <span className="quiet clip">{name}</span>}
          {tags.map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
          {reason !== null && run.state === "error" && <span className="bad small clip">{reason}</span>}
        </div>
      </td>
      <td className="number-left">
        {nodes.ended}
        <span className="quiet"> / {nodes.total}</span>
      </td>
    </>
  );
}

function ExecutionName({ execution }: { readonly execution: Extract<Row, { of: "execution" }> }): ReactElement {
  const { address } = useProject();
  const { number, node, step, run, runName } = execution;
  return (
    <>
      <td className="name">
        <div className="row tight nowrap">
          <Link
            to="/p/$owner/$name/executions/$execution"
            params={{ ...address, execution: String(number) }}
            className="clip"
          >
            {node}
          </Link>
          {step !== node && <span className="quiet clip">{step}</span>}
        </div>
      </td>
      <td>
        <Link to="/p/$owner/$name/runs/$run" params={{ ...address, run: String(run) }}>
          <span className="quiet">#{run}</span> {runName}
        </Link>
      </td>
    </>
  );
}
