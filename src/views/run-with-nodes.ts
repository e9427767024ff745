import type { NodeView, RunDetailView, RunRecordView } from "../api/index.ts";

/** A run together with its nodes, which are a list of their own; its warnings are those of its executions as well. */
export function runWithNodes(run: RunRecordView, nodes: readonly NodeView[]): RunDetailView {
  // Those of a reused execution are of another run.
  const ofNodes = nodes.flatMap(({ name, reused, execution }) =>
    reused || execution === null ? [] : execution.warnings.map((message) => `${name}: ${message}`),
  );
  return { ...run, warnings: [...new Set([...run.warnings, ...ofNodes])], nodes };
}
