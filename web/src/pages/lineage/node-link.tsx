import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import type { LineageNode } from "../../../../src/api/index.ts";
import { useProject } from "../../frame/use-project.ts";

/** Leads to the page of a file or an execution. */
export function NodeLink({
  node,
  children,
}: {
  readonly node: LineageNode;
  readonly children: ReactNode;
}): ReactElement {
  const { address } = useProject();
  return node.kind === "file" ? (
    <Link to="/p/$owner/$name/data/$file" params={{ ...address, file: node.id }} className="clip">
      {children}
    </Link>
  ) : (
    <Link
      to="/p/$owner/$name/executions/$execution"
      params={{ ...address, execution: String(node.number) }}
      className="clip"
    >
      {children}
    </Link>
  );
}
