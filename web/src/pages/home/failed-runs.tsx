import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { RunRowView } from "../../../../src/api/index.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Ago } from "../../shared/amounts.tsx";
import { LogTail } from "../../shared/log/log-tail.tsx";
import { sentence } from "../../shared/notices.tsx";
import { StateMark } from "../../shared/state-mark.tsx";

const MOST = 3;

/**
 * The pipelines and steps whose last run failed, and the end of what their failed node said. A failure that a later run
 * has overcome needs nobody any more.
 */
export function FailedRuns({ runs }: { readonly runs: readonly RunRowView[] }): ReactElement | null {
  const seen = new Set<string>();
  const failed = runs.filter(({ kind, name, state }) => {
    const target = `${kind}:${name}`;
    if (!["complete", "error", "stopped"].includes(state) || seen.has(target)) return false;
    seen.add(target);
    return state === "error";
  });
  if (failed.length === 0) return null;
  return (
    <section className="block">
      <h2>Failed</h2>
      <div className="stack">
        {failed.slice(0, MOST).map((run) => (
          <Failure key={run.id} run={run} />
        ))}
      </div>
    </section>
  );
}

function Failure({ run }: { readonly run: RunRowView }): ReactElement {
  const { ref, address } = useProject();
  const nodes = useQuery(
    read("/api/v0/projects/:project/runs/:run/nodes/", {
      params: { project: ref, run: run.number },
      query: { limit: 1, states: ["error"] },
    }),
  );
  const node = nodes.data?.items[0];
  const execution = node?.execution;
  return (
    <article className="failed-run">
      <div className="row">
        <StateMark state="error" bare />
        <Link to="/p/$owner/$name/runs/$run" params={{ ...address, run: String(run.number) }}>
          <span className="quiet number">#{run.number}</span> {run.title ?? run.name}
        </Link>
        <span className="quiet small">
          <Ago at={run.finishedAt} />
        </span>
      </div>
      <p className="breaks small">
        {node !== undefined && <strong>{node.name}: </strong>}
        {sentence(execution?.reason ?? node?.reason ?? run.reason ?? "it failed, and no reason is known")}
      </p>
      {execution != null && (
        <LogTail
          execution={execution.number}
          isEnded
          more={
            <Link
              to="/p/$owner/$name/executions/$execution"
              params={{ ...address, execution: String(execution.number) }}
              search={{ at: "error" }}
              className="plain-link small"
            >
              Read the error
            </Link>
          }
        />
      )}
    </article>
  );
}
