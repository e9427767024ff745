export * from "./format.ts";
export type { Layout, LayoutNode, Line } from "./graph/layout.ts";
export { layOut } from "./graph/layout.ts";
export * from "./graph/pipeline-graph.ts";
export * from "./live-state.ts";
export * from "./state-look.ts";
