import type { LineageNode, LineageView } from "../../api/index.ts";
import { formatSize, plural } from "../../views/index.ts";
import { lookOf } from "../terminal/state.ts";
import type { Style } from "../terminal/style.ts";
import { oneLine, truncate } from "../terminal/width.ts";

interface LineageContext {
  readonly width: number;
  readonly style: Style;
  /** The sides that were asked for. */
  readonly sides: readonly Side[];
}

export type Side = "up" | "down";

/** A node with the inputs by which it hangs on the one before it. */
interface Branch {
  readonly id: string;
  readonly inputs: readonly string[];
}

const TITLES: Readonly<Record<Side, { readonly some: string; readonly none: string }>> = {
  up: { some: "made of", none: "made of nothing that is recorded" },
  down: { some: "used in", none: "used in nothing that is recorded" },
};

/** `headrace lineage`: what it was made of and what was made of it, as two trees. */
export function renderLineage(view: LineageView, { width, style, sides }: LineageContext): string[] {
  const nodes = new Map(view.nodes.map((node) => [node.id, node]));
  const lines = view.start.flatMap((id) => {
    const node = nodes.get(id);
    return node === undefined ? [] : [style.bold(textOf(node, style, nodes))];
  });
  for (const side of sides) lines.push("", ...sideOf(view, nodes, side, style));
  const executions = view.nodes.filter(({ kind }) => kind === "execution").length;
  const counts = `${plural(view.nodes.length - executions, "file")}, ${plural(executions, "execution")}`;
  const more = view.truncated ? "; there is more: --depth and --limit let it in" : "";
  return [...lines, "", style.dim(`${counts}${more}`)].map((line) => truncate(line, width));
}

function sideOf(
  { start, edges }: LineageView,
  nodes: ReadonlyMap<string, LineageNode>,
  side: Side,
  style: Style,
): readonly string[] {
  const next = branches(edges, side);
  const begin = start.filter((id) => (next.get(id) ?? []).length > 0);
  if (begin.length === 0) return [style.dim(TITLES[side].none)];
  const shown = new Set<string>();
  const lines: string[] = [style.dim(TITLES[side].some)];
  // Deep chains are ordinary: a stack of our own, not that of the program.
  const waiting: { readonly branch: Branch; readonly indent: string; readonly isLast: boolean }[] = [];
  const push = (id: string, indent: string): void => {
    const below = next.get(id) ?? [];
    for (const [index, branch] of below.toReversed().entries()) waiting.push({ branch, indent, isLast: index === 0 });
  };
  for (const id of begin) {
    const isOnly = start.length === 1;
    const node = nodes.get(id);
    if (!isOnly && node !== undefined) lines.push(textOf(node, style, nodes));
    push(id, "");
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
      const { branch, indent, isLast } = item;
      const found = nodes.get(branch.id);
      if (found === undefined) continue;
      const isAgain = shown.has(branch.id) && (next.get(branch.id) ?? []).length > 0;
      const inputs = branch.inputs.length === 0 ? "" : style.dim(` (${branch.inputs.map(oneLine).join(", ")})`);
      const again = isAgain ? style.dim(" … as above") : "";
      lines.push(`${style.dim(`${indent}${isLast ? "└─ " : "├─ "}`)}${textOf(found, style, nodes)}${inputs}${again}`);
      if (!isAgain) push(branch.id, `${indent}${isLast ? "   " : "│  "}`);
      shown.add(branch.id);
    }
  }
  return lines;
}

function branches(edges: LineageView["edges"], side: Side): ReadonlyMap<string, readonly Branch[]> {
  const next = new Map<string, Map<string, string[]>>();
  for (const { from, to, input } of edges) {
    const [near, far] = side === "up" ? [to, from] : [from, to];
    const below = next.get(near) ?? new Map<string, string[]>();
    next.set(near, below);
    below.set(far, [...(below.get(far) ?? []), ...(input === null ? [] : [input])]);
  }
  return new Map([...next].map(([id, below]) => [id, [...below].map(([far, inputs]) => ({ id: far, inputs }))]));
}

function textOf(node: LineageNode, style: Style, nodes: ReadonlyMap<string, LineageNode>): string {
  if (node.kind === "execution") {
    const state = node.state === "complete" ? "" : ` ${lookOf(node.state, style).paint(node.state)}`;
    const { number, run, node: name, commit } = node;
    return `#${number} ${oneLine(name)}${state}${style.dim(` in run ${run}, code ${commit.slice(0, 12)}`)}`;
  }
  const from = node.source === null || nodes.size === 1 ? "" : style.dim(` from ${oneLine(node.source)}`);
  return `${oneLine(node.name)}${style.dim(` ${formatSize(node.sizeBytes)} ${node.sha256.slice(0, 12)}`)}${from}`;
}
