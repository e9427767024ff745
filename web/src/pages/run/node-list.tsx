import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactElement, useRef, useState } from "react";
import { Duration } from "../../shared/amounts.tsx";
import { SpaceRow } from "../../shared/space-row.tsx";
import { StateMark } from "../../shared/state-mark.tsx";
import { countStates, type ShownNode } from "./shown-node.ts";

const ROW_PX = 33;

export interface NodeListProps {
  readonly nodes: readonly ShownNode[];
  readonly selected: string | undefined;
  readonly onSelect: (node: string | undefined) => void;
}

/** The nodes as a table, all or those in one state. */
export function NodeList({ nodes, selected, onSelect }: NodeListProps): ReactElement {
  const [state, setState] = useState<string>();
  const frame = useRef<HTMLDivElement>(null);
  const rows = nodes.filter((node) => state === undefined || node.state === state);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const seen = virtual.getVirtualItems();
  const before = seen[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (seen.at(-1)?.end ?? 0);
  return (
    <div className="node-list">
      <fieldset className="row states">
        <legend className="visually-hidden">Nodes in a state</legend>
        {[...countStates(nodes)].map(([of, count]) => (
          <button
            key={of}
            type="button"
            className="chip"
            aria-pressed={state === of}
            onClick={() => setState(state === of ? undefined : of)}
          >
            <StateMark state={of} /> <span className="number quiet">{count}</span>
          </button>
        ))}
      </fieldset>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="table-frame rows" ref={frame} tabIndex={0} aria-label="Nodes">
        <table className="table">
          <thead>
            <tr>
              <th>State</th>
              <th>Node</th>
              <th>Step</th>
              <th className="number">Took</th>
              <th>What is told of it</th>
            </tr>
          </thead>
          <tbody>
            {before > 0 && <SpaceRow px={before} width={5} />}
            {seen.map(({ index }) => {
              const node = rows[index];
              return (
                node && <NodeRow key={node.name} node={node} isSelected={node.name === selected} onSelect={onSelect} />
              );
            })}
            {after > 0 && <SpaceRow px={after} width={5} />}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function NodeRow({
  node,
  isSelected,
  onSelect,
}: {
  readonly node: ShownNode;
  readonly isSelected: boolean;
  readonly onSelect: NodeListProps["onSelect"];
}): ReactElement {
  const { name, step, state, startedAt, finishedAt, detail } = node;
  const seconds = startedAt !== undefined && finishedAt !== undefined ? (finishedAt - startedAt) / 1000 : null;
  const since =
    startedAt !== undefined && finishedAt === undefined && state !== "reused"
      ? new Date(startedAt).toISOString()
      : undefined;
  return (
    <tr className={isSelected ? "chosen" : ""}>
      <td>
        <StateMark state={state} />
      </td>
      <td className="name">
        <button type="button" className="link" onClick={() => onSelect(isSelected ? undefined : name)}>
          {name}
        </button>
      </td>
      <td className="soft">{step}</td>
      <td className="number">
        <Duration seconds={state === "reused" ? null : seconds} since={since} />
      </td>
      <td className={`clip ${state === "error" ? "bad" : "quiet"}`}>{detail}</td>
    </tr>
  );
}
