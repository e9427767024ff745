import type { Paint, Style } from "./style.ts";
import { oneLine, pad, truncate } from "./width.ts";

const WIDTH_MAXIMUM = 24;

/**
 * `train │ `, ahead of what a node printed where lines of several nodes are mixed: each node in a colour of its own, as
 * far as they go.
 */
export class NodePrefix {
  readonly #style: Style;
  readonly #width: number;
  readonly #paints = new Map<string, Paint>();

  /** For no nodes, or one, there is no prefix. */
  constructor(nodes: readonly string[], style: Style) {
    this.#style = style;
    const longest = nodes.reduce((width, node) => Math.max(width, node.length), 0);
    this.#width = nodes.length < 2 ? 0 : Math.min(WIDTH_MAXIMUM, longest);
    const paints = [style.cyan, style.yellow, style.green, style.blue] as const;
    for (const [index, node] of nodes.entries()) this.#paints.set(node, paints[index % paints.length] ?? style.cyan);
  }

  /** Columns that it takes. */
  get width(): number {
    return this.#width === 0 ? 0 : this.#width + 3;
  }

  of(node: string): string {
    if (this.#width === 0) return "";
    const paint = this.#paints.get(node) ?? this.#style.cyan;
    return `${paint(pad(truncate(oneLine(node), this.#width, "middle"), this.#width))} ${this.#style.dim("│")} `;
  }
}
