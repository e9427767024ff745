import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { RunRecordView } from "../../../../src/api/index.ts";
import { useProject } from "../../frame/use-project.ts";
import { sentence } from "../../shared/notices.tsx";
import { StateMark } from "../../shared/state-mark.tsx";
import { Approve } from "./approve.tsx";
import type { ShownNode } from "./shown-node.ts";

/** As many failures are told; the others follow from them or stand in the list of nodes. */
const MOST = 3;

/** Shows failures with their reasons, and nodes that wait for a person, before anything else. */
export function Failures({
  run,
  state,
  nodes,
}: {
  readonly run: RunRecordView;
  readonly state: string;
  readonly nodes: readonly ShownNode[];
}): ReactElement | null {
  const { address } = useProject();
  const failed = nodes.filter((node) => node.state === "error");
  const waiting = nodes.filter((node) => node.state === "approval");
  if (failed.length === 0 && waiting.length === 0 && !(state === "error" && run.reason !== null)) return null;
  return (
    <div className="stack">
      {waiting.map(({ name }) => (
        <Approve key={name} run={run.number} node={name} />
      ))}
      {failed.slice(0, MOST).map(({ name, detail, execution }) => (
        <div key={name} className="failure" role="alert">
          <StateMark state="error" word={name} />
          <span className="breaks">{sentence(detail ?? "it failed, and no reason is known")}</span>
          {execution !== undefined && (
            <Link
              to="/p/$owner/$name/executions/$execution"
              params={{ ...address, execution: String(execution) }}
              search={{ at: "error" }}
              className="plain-link"
            >
              Read the error
            </Link>
          )}
        </div>
      ))}
      {failed.length > MOST && <span className="small quiet">and {failed.length - MOST} more nodes</span>}
      {failed.length === 0 && state === "error" && run.reason !== null && (
        <div className="failure" role="alert">
          <StateMark state="error" word="run" />
          <span className="breaks">{sentence(run.reason)}</span>
        </div>
      )}
    </div>
  );
}
