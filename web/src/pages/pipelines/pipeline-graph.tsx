import { useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { PipelineGraph as Graph } from "../../../../src/api/index.ts";
import { useProject } from "../../frame/use-project.ts";
import { GraphView } from "../../shared/graph/graph-view.tsx";

// biome-ignore lint/style/noDefaultExport: React loads a part of the page later by its default export
export default function PipelineGraph({ graph }: { readonly graph: Graph }): ReactElement {
  const { address } = useProject();
  const navigate = useNavigate();
  const boxes = graph.nodes.map(({ name, type, of, approvals }) => ({
    name,
    label: `${name}: ${type} of ${of}`,
    content: (
      <>
        <div className="line">
          <span className="clip name">{name}</span>
        </div>
        <div className="second unmarked clip">
          {of}
          {type !== "execution" && `, ${type}`}
          {approvals.length > 0 && ", waits for approval"}
        </div>
      </>
    ),
  }));
  const flows = Map.groupBy(graph.edges, ({ source, target }) => JSON.stringify([source.node, target.node]));
  const edges = [...flows.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const labels = [first, ...others].map(({ source }) => (source.type === "dependency" ? "" : source.key));
    return [
      { from: first.source.node, to: first.target.node, label: labels.filter((label) => label !== "").join(", ") },
    ];
  });
  const show = (name: string | undefined): void => {
    const step = graph.nodes.find((node) => node.name === name)?.of;
    if (step !== undefined)
      void navigate({ to: "/p/$owner/$name/runs", params: address, search: { of: "executions", step } });
  };
  return <GraphView boxes={boxes} edges={edges} onSelect={show} />;
}
