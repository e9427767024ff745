import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { RunRowView } from "../../../../src/api/index.ts";
import { useProject } from "../../frame/use-project.ts";
import { Ago, Duration } from "../../shared/amounts.tsx";
import { StateMark } from "../../shared/state-mark.tsx";

/** As many are told; the page of runs has all. */
const MOST = 8;

/** Runs that have not ended, with how far they are. */
export function RunList({
  title,
  runs,
}: {
  readonly title: string;
  readonly runs: readonly RunRowView[];
}): ReactElement {
  const { address } = useProject();
  return (
    <section className="block">
      <h2>{title}</h2>
      <ul className="run-list">
        {runs.slice(0, MOST).map((run) => (
          <li key={run.id}>
            <StateMark state={run.approvals > 0 ? "approval" : run.state} bare />
            <Link to="/p/$owner/$name/runs/$run" params={{ ...address, run: String(run.number) }} className="clip">
              <span className="quiet number">#{run.number}</span> {run.title ?? run.name}
            </Link>
            <progress max={run.nodes.total} value={run.nodes.ended} aria-label={`Nodes of run ${run.number}`} />
            <span className="number small">
              {run.nodes.ended}
              <span className="quiet"> / {run.nodes.total}</span>
            </span>
            <span className="number small">
              <Duration seconds={run.durationS} since={run.startedAt} />
            </span>
            <span className="number small quiet">
              <Ago at={run.createdAt} />
            </span>
          </li>
        ))}
      </ul>
      {runs.length > MOST && (
        <Link to="/p/$owner/$name/runs" params={address} className="plain-link small">
          and {runs.length - MOST} more
        </Link>
      )}
    </section>
  );
}
