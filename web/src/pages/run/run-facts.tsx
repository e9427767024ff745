import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { RunRecordView } from "../../../../src/api/index.ts";
import { actorText, isFinal, shortCommit } from "../../../../src/views/index.ts";
import { useProject } from "../../frame/use-project.ts";
import { Ago, Duration } from "../../shared/amounts.tsx";
import { StateMark } from "../../shared/state-mark.tsx";
import { countStates, type ShownNode } from "./shown-node.ts";

export function RunHeading({ run, state }: { readonly run: RunRecordView; readonly state: string }): ReactElement {
  return (
    <span className="row">
      <span className="quiet number">#{run.number}</span>
      {run.title ?? run.name}
      <span className="heading-state">
        <StateMark state={state} />
      </span>
      {run.tags.map((tag) => (
        <span key={tag} className="tag">
          {tag}
        </span>
      ))}
    </span>
  );
}

export interface RunFactsProps {
  readonly run: RunRecordView;
  readonly state: string;
  readonly nodes: readonly ShownNode[];
}

export function RunFacts({ run, state, nodes }: RunFactsProps): ReactElement {
  const { address } = useProject();
  const { name, title, kind, createdAt, startedAt, durationS, startedBy, stoppedBy, commit } = run;
  const counts = [...countStates(nodes)];
  return (
    <>
      {title !== null && <span>{name}</span>}
      <span className="row tight">
        {counts.map(([of, count]) => (
          <span key={of} className="number row tight">
            <StateMark state={of} bare />
            {count}
          </span>
        ))}
      </span>
      <span>
        took{" "}
        <Duration
          seconds={isFinal(state) ? durationS : null}
          since={isFinal(state) ? undefined : (startedAt ?? createdAt)}
        />
      </span>
      <span>
        <Ago at={createdAt} />
        {startedBy !== null && ` by ${actorText(startedBy)}`}
      </span>
      {stoppedBy !== null && <span>stopped by {actorText(stoppedBy)}</span>}
      <span>
        code <code>{shortCommit(commit)}</code>
      </span>
      {kind === "pipeline" && (
        <Link to="/p/$owner/$name/pipelines/$pipeline" params={{ ...address, pipeline: name }} className="plain-link">
          pipeline
        </Link>
      )}
    </>
  );
}
