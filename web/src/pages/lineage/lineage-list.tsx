import type { ReactElement } from "react";
import type { LineageNode, LineageView } from "../../../../src/api/index.ts";
import { plural } from "../../../../src/views/index.ts";
import { Ago, Size } from "../../shared/amounts.tsx";
import { Icon } from "../../shared/icon.tsx";
import { StateMark } from "../../shared/state-mark.tsx";
import { NodeLink } from "./node-link.tsx";

/** The same as a list, generation by generation: sources first. */
export function LineageList({ lineage: { nodes, start } }: { readonly lineage: LineageView }): ReactElement {
  const generations = [...Map.groupBy(nodes, ({ generation }) => generation)].sort(([a], [b]) => a - b);
  return (
    <div className="stack">
      {generations.map(([generation, members]) => (
        <section key={generation} className="block">
          <h2>{wordsOf(generation)}</h2>
          <ul className="lineage-list">
            {members.map((node) => (
              <li key={node.id} className={start.includes(node.id) ? "start" : ""}>
                <Row node={node} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function wordsOf(generation: number): string {
  if (generation === 0) return "The start";
  const steps = plural(Math.abs(generation), "step");
  return generation < 0 ? `${steps} back` : `${steps} on`;
}

function Row({ node }: { readonly node: LineageNode }): ReactElement {
  if (node.kind === "file")
    return (
      <>
        <Icon name="file" size={14} />
        <NodeLink node={node}>{node.name}</NodeLink>
        <span className="quiet clip">{node.source ?? ""}</span>
        <Size bytes={node.sizeBytes} />
        <Ago at={node.createdAt} />
      </>
    );
  return (
    <>
      <StateMark state={node.state} bare />
      <NodeLink node={node}>
        <span className="quiet number">#{node.number}</span> {node.node}
      </NodeLink>
      <span className="quiet clip">
        {node.step === node.node ? "" : `${node.step} · `}run #{node.run}
      </span>
      <span />
      <Ago at={node.createdAt} />
    </>
  );
}
