import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { LineageView } from "../../../../src/api/index.ts";
import { useProject } from "../../frame/use-project.ts";
import type { LineageSearch } from "./lineage-search.ts";
import { NodeLink } from "./node-link.tsx";

interface Start {
  readonly name: string;
  /** Leads to its own page. */
  readonly link: ReactElement;
}

/** Finds the start of the lineage by its name. */
export function useStart({ nodes, start }: LineageView, { run }: LineageSearch): Start {
  const { address } = useProject();
  const first = nodes.find(({ id }) => id === start[0]);
  if (run !== undefined || first === undefined) {
    const name = `run #${run ?? ""}`;
    const link = (
      <Link to="/p/$owner/$name/runs/$run" params={{ ...address, run: run ?? "" }}>
        {name}
      </Link>
    );
    return { name, link };
  }
  const name = first.kind === "file" ? first.name : `#${first.number} ${first.node}`;
  return { name, link: <NodeLink node={first}>{name}</NodeLink> };
}
