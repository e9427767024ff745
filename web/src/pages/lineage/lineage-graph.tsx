import type { ReactElement } from "react";
import {
  type FoldedLineage,
  type FoldedNode,
  formatSize,
  plural,
  relatedTo,
  stateLook,
} from "../../../../src/views/index.ts";
import type { GraphBox } from "../../shared/graph/graph-parts.tsx";
import { GraphView } from "../../shared/graph/graph-view.tsx";
import { Icon } from "../../shared/icon.tsx";
import { StateMark } from "../../shared/state-mark.tsx";

export interface LineageGraphProps {
  readonly folded: FoldedLineage;
  readonly start: readonly string[];
  readonly selected: string | undefined;
  readonly onSelect: (id: string | undefined) => void;
}

/** Sources to the left, uses to the right. Nodes without a link to the selected one are dimmed. */
// biome-ignore lint/style/noDefaultExport: React loads a part of the page later by its default export
export default function LineageGraph({ folded, start, selected, onSelect }: LineageGraphProps): ReactElement {
  const related = selected === undefined ? undefined : relatedTo(selected, folded.edges);
  const boxes = folded.nodes.map((node): GraphBox => {
    const isApart = related !== undefined && !related.has(node.id);
    const classes = [`of-${node.kind}`, ...(isApart ? ["apart"] : []), ...(start.includes(node.id) ? ["start"] : [])];
    return { ...(node.members.length > 1 ? groupBox(node) : nodeBox(node)), className: classes.join(" ") };
  });
  const edges = folded.edges.map(({ from, to, inputs }) => ({
    ...{ from, to, label: inputs.join(", ") },
    className: related === undefined || (related.has(from) && related.has(to)) ? "" : "apart",
  }));
  const focus = around(selected ?? start[0], folded);
  return <GraphView boxes={boxes} edges={edges} selected={selected} onSelect={onSelect} focus={focus} />;
}

/** So many boxes are in sight as a whole at first. */
const FEW = 6;

/** A node with its neighbours; in a small graph, everything. */
function around(id: string | undefined, { nodes, edges }: FoldedLineage): readonly string[] | undefined {
  if (nodes.length <= FEW || id === undefined || !nodes.some((node) => node.id === id)) return undefined;
  if (globalThis.matchMedia("(max-width: 760px)").matches) return [id];
  const near = edges.flatMap(({ from, to }) => (from === id ? to : to === id ? from : []));
  return [...new Set([id, ...near])];
}

function nodeBox({ id, members: [node] }: FoldedNode): GraphBox {
  if (node === undefined) throw new Error("a place of the lineage is empty");
  if (node.kind === "file") {
    const { name, sizeBytes, source } = node;
    const second = source === null ? formatSize(sizeBytes) : `${formatSize(sizeBytes)} · from outside`;
    return {
      name: id,
      label: `File ${name}, ${second}`,
      content: <BoxText icon={<Icon name="file" size={14} />} name={name} second={second} />,
    };
  }
  const { number, node: name, run, state, step } = node;
  return {
    name: id,
    label: `Execution ${number} ${name}: ${state}`,
    content: (
      <BoxText
        icon={<StateMark state={state} bare />}
        name={name}
        number={`#${number}`}
        second={step === name ? `run #${run}` : `${step} · run #${run}`}
      />
    ),
  };
}

/** So many names stand in the box of a group. */
const NAMED = 3;

function groupBox({ id, kind, members }: FoldedNode): GraphBox {
  const [first] = members;
  if (kind === "execution" && first?.kind === "execution") {
    const runs = new Set(members.map((member) => (member.kind === "execution" ? member.run : 0))).size;
    const second = `of ${plural(runs, "run")}`;
    return {
      name: id,
      label: `${members.length} executions of ${first.step}: ${stateLook(first.state).tone}`,
      content: (
        <BoxText
          icon={<StateMark state={first.state} bare />}
          name={`${members.length} × ${first.step}`}
          second={second}
        />
      ),
    };
  }
  const names = [...new Set(members.map((member) => (member.kind === "file" ? member.name : member.node)))];
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  const second = names.slice(0, NAMED).join(", ") + more;
  return {
    name: id,
    label: `${members.length} files: ${second}`,
    content: <BoxText icon={<Icon name="Data" size={14} />} name={plural(members.length, "file")} second={second} />,
  };
}

interface BoxTextProps {
  readonly icon: ReactElement;
  readonly name: string;
  readonly number?: string;
  readonly second: string;
}

function BoxText({ icon, name, number, second }: BoxTextProps): ReactElement {
  return (
    <>
      <div className="line" title={name}>
        {icon}
        <span className="clip name">{name}</span>
        {number !== undefined && <span className="number small quiet">{number}</span>}
      </div>
      <div className="second clip" title={second}>
        {second}
      </div>
    </>
  );
}
