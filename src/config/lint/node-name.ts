import type { Report } from "../build/report.ts";
import type { PipelineNode } from "../model.ts";
import type { Path } from "../report/problem.ts";
import { suggestionHint } from "../schema/suggest.ts";

/** A pipeline's nodes by name; the first of a name is the one that edges mean. */
export type NodesByName = ReadonlyMap<string, PipelineNode>;

/** The end of an edge, or a target, that names a node which is not there. */
export function lintNodeName(name: string, nodes: NodesByName, path: Path, report: Report): boolean {
  if (nodes.has(name)) return true;
  report("unknown-node", path, `the pipeline has no node \`${name}\``, {
    hint: () => suggestionHint(name, nodes.keys(), "nodes"),
  });
  return false;
}
