import { ActionIcon } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useEffect } from "react";
import { isFinal } from "../../../../src/views/index.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { FileList, InputList } from "../../shared/file-lists.tsx";
import { Icon } from "../../shared/icon.tsx";
import { LogTail } from "../../shared/log/log-tail.tsx";
import { Waiting } from "../../shared/notices.tsx";
import { StateMark } from "../../shared/state-mark.tsx";
import { ValueTable } from "../../shared/value-table.tsx";
import { WhyText } from "../../shared/why.tsx";
import type { ShownNode } from "./shown-node.ts";
import { TaskPanel } from "./task-panel.tsx";

export interface NodePanelProps {
  readonly node: ShownNode;
  readonly run: number;
  readonly onClose: () => void;
}

/** Describes a node, its work and its outputs, beside the graph. */
export function NodePanel({ node, run, onClose }: NodePanelProps): ReactElement {
  const { address } = useProject();
  useEffect(() => {
    const onKey = ({ key }: KeyboardEvent): void => {
      if (key === "Escape") onClose();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [onClose]);
  return (
    <aside className="panel" aria-label={`Node ${node.name}`}>
      <header className="spread">
        <h2 className="breaks">{node.name}</h2>
        <ActionIcon onClick={onClose} aria-label="Close the panel">
          <Icon name="close" size={14} />
        </ActionIcon>
      </header>
      <div className="row small">
        <StateMark state={node.state} />
        <span className="quiet">step {node.step}</span>
        {node.execution !== undefined && (
          <Link
            to="/p/$owner/$name/executions/$execution"
            params={{ ...address, execution: String(node.execution) }}
            className="plain-link"
          >
            Execution #{node.execution}
          </Link>
        )}
        {node.view.earlierAttempts.map(({ number, attempt }) => (
          <Link
            key={number}
            to="/p/$owner/$name/executions/$execution"
            params={{ ...address, execution: String(number) }}
            className="plain-link"
          >
            attempt {attempt}
          </Link>
        ))}
      </div>
      {node.detail !== undefined && (
        <p className={node.state === "error" ? "error-text" : "small soft breaks"}>{node.detail}</p>
      )}
      {node.view.task !== null ? (
        <TaskPanel run={run} node={node.name} />
      ) : node.execution === undefined ? (
        <p className="small quiet">
          {node.state === "skipped"
            ? "It did not run."
            : `It begins after ${node.dependsOn.length === 0 ? "a place is free" : node.dependsOn.join(", ")}.`}
        </p>
      ) : (
        <ExecutionParts execution={node.execution} isEnded={isFinal(node.state) || node.state === "reused"} />
      )}
      <h3>Why</h3>
      <WhyText record={`${run}.${node.name}`} />
    </aside>
  );
}

function ExecutionParts({
  execution,
  isEnded,
}: {
  readonly execution: number;
  readonly isEnded: boolean;
}): ReactElement {
  const { ref } = useProject();
  const found = useQuery(
    read("/api/v0/projects/:project/executions/:execution/", { params: { project: ref, execution } }),
  );
  if (found.data === undefined) return <Waiting read={found} />;
  const { command, parameters, metadata, outputs, inputs } = found.data;
  return (
    <>
      <h3>Log</h3>
      <LogTail execution={execution} isEnded={isEnded} />
      {Object.keys(metadata).length > 0 && (
        <>
          <h3>Metrics</h3>
          <ValueTable values={metadata} most={12} />
        </>
      )}
      {Object.keys(parameters).length > 0 && (
        <>
          <h3>Parameters</h3>
          <ValueTable values={parameters} most={12} />
        </>
      )}
      <h3>Outputs</h3>
      <FileList files={outputs} none="It has made no files." />
      {inputs.length > 0 && (
        <>
          <h3>Inputs</h3>
          <InputList files={inputs} />
        </>
      )}
      <h3>Command</h3>
      <pre className="diff">{command.join("\n")}</pre>
    </>
  );
}
