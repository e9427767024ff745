import { ActionIcon, Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useEffect } from "react";
import type { LineageNode } from "../../../../src/api/index.ts";
import { type FoldedNode, plural, shortCommit } from "../../../../src/views/index.ts";
import { useProject } from "../../frame/use-project.ts";
import { Ago, Size } from "../../shared/amounts.tsx";
import { Copy } from "../../shared/command.tsx";
import { Icon } from "../../shared/icon.tsx";
import { StateMark } from "../../shared/state-mark.tsx";
import { NodeLink } from "./node-link.tsx";

export interface LineagePanelProps {
  readonly node: FoldedNode;
  /** The group that the node was taken out of. */
  readonly group: string | undefined;
  readonly onClose: () => void;
  readonly onOpen: (group: string) => void;
  readonly onFold: (group: string) => void;
}

/** Describes a node of the lineage, beside the graph. */
export function LineagePanel({ node, group, onClose, onOpen, onFold }: LineagePanelProps): ReactElement {
  useEffect(() => {
    const onKey = ({ key }: KeyboardEvent): void => {
      if (key === "Escape") onClose();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [onClose]);
  const [first] = node.members;
  const title = node.members.length === 1 ? titleOf(first) : groupTitle(node);
  return (
    <aside className="panel" aria-label={title}>
      <header className="spread">
        <h2 className="breaks">{title}</h2>
        <ActionIcon onClick={onClose} aria-label="Close the panel">
          <Icon name="close" size={14} />
        </ActionIcon>
      </header>
      {node.members.length === 1 && first !== undefined ? <OneNode node={first} /> : <Group node={node} />}
      <div className="row">
        {node.members.length > 1 && <Button onClick={() => onOpen(node.id)}>Show each by itself</Button>}
        {group !== undefined && <Button onClick={() => onFold(group)}>Fold what is alike</Button>}
      </div>
    </aside>
  );
}

function titleOf(node: LineageNode | undefined): string {
  if (node === undefined) return "";
  return node.kind === "file" ? node.name : `#${node.number} ${node.node}`;
}

function groupTitle({ members, kind }: FoldedNode): string {
  const [first] = members;
  return kind === "file" || first?.kind !== "execution"
    ? plural(members.length, "file")
    : `${members.length} × ${first.step}`;
}

function OneNode({ node }: { readonly node: LineageNode }): ReactElement {
  const { address } = useProject();
  return (
    <>
      {node.kind === "file" ? <FileFacts node={node} /> : <ExecutionFacts node={node} />}
      <div className="row small prose">
        <NodeLink node={node}>{node.kind === "file" ? "Open the file" : "Open the execution"}</NodeLink>
        <Link
          to="/p/$owner/$name/lineage"
          params={address}
          search={node.kind === "file" ? { datum: node.id } : { execution: String(node.number) }}
        >
          Lineage from here
        </Link>
      </div>
    </>
  );
}

function FileFacts({ node }: { readonly node: LineageNode & { readonly kind: "file" } }): ReactElement {
  const { sizeBytes, sha256, source, createdAt, id } = node;
  return (
    <dl className="facts-list">
      <dt>Size</dt>
      <dd>
        <Size bytes={sizeBytes} />
      </dd>
      <dt>Stored</dt>
      <dd>
        <Ago at={createdAt} />
      </dd>
      {source !== null && (
        <>
          <dt>Fetched from</dt>
          <dd>{source}</dd>
        </>
      )}
      <dt>SHA-256</dt>
      <dd className="row tight">
        <code className="code">{sha256.slice(0, 12)}</code>
        <Copy text={sha256} what="the SHA-256" />
      </dd>
      <dt>URI</dt>
      <dd className="row tight nowrap">
        <code className="code clip">datum://{id}</code>
        <Copy text={`datum://${id}`} what="the URI" />
      </dd>
    </dl>
  );
}

function ExecutionFacts({ node }: { readonly node: LineageNode & { readonly kind: "execution" } }): ReactElement {
  const { state, step, run, runName, commit, createdAt } = node;
  const { address } = useProject();
  return (
    <dl className="facts-list">
      <dt>State</dt>
      <dd>
        <StateMark state={state} />
      </dd>
      <dt>Step</dt>
      <dd>{step}</dd>
      <dt>Run</dt>
      <dd>
        <Link to="/p/$owner/$name/runs/$run" params={{ ...address, run: String(run) }} className="plain-link">
          #{run} {runName}
        </Link>
      </dd>
      <dt>Started</dt>
      <dd>
        <Ago at={createdAt} />
      </dd>
      <dt>Code</dt>
      <dd className="row tight">
        <code className="code">{shortCommit(commit)}</code>
        <Copy text={commit} what="the version of the code" />
      </dd>
    </dl>
  );
}

/** So many members are listed. */
const LISTED = 50;

function Group({ node: { members } }: { readonly node: FoldedNode }): ReactElement {
  return (
    <>
      <p className="small soft">They stand alike: they were made of the same, and the same was made of them.</p>
      <ul className="files">
        {members.slice(0, LISTED).map((member) => (
          <li key={member.id}>
            <NodeLink node={member}>
              <span className="clip">{titleOf(member)}</span>
            </NodeLink>
            {member.kind === "file" ? (
              <Size bytes={member.sizeBytes} />
            ) : (
              <span className="quiet">run #{member.run}</span>
            )}
          </li>
        ))}
      </ul>
      {members.length > LISTED && <p className="small quiet">and {members.length - LISTED} more</p>}
    </>
  );
}
