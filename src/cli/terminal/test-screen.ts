import type { Screen } from "./screen.ts";
import { makeStyle } from "./style.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: it tells escape sequences from text
const TOKENS = /\u001b\[(?:\?\d+[hl]|\d*[A-Za-z]|[\d;]*m)|[\s\S]/gu;

/** A screen that keeps what is written, for tests. */
export class TestScreen implements Screen {
  readonly style;
  readonly isTerminal: boolean;
  written = "";
  width: number;
  height: number;

  constructor(
    options: {
      readonly width?: number;
      readonly height?: number;
      readonly isTerminal?: boolean;
      readonly colour?: boolean;
    } = {},
  ) {
    this.style = makeStyle(options.colour === true);
    this.isTerminal = options.isTerminal ?? options.width !== undefined;
    this.width = options.width ?? Number.POSITIVE_INFINITY;
    this.height = options.height ?? (options.width === undefined ? Number.POSITIVE_INFINITY : 24);
  }

  size(): { readonly width: number; readonly height: number } {
    return { width: this.width, height: this.height };
  }

  isClosed(): boolean {
    return false;
  }

  lost(): undefined {}

  write = (text: string): void => {
    this.written += text;
  };

  lines(lines: readonly string[]): void {
    if (lines.length > 0) this.write(`${lines.join("\n")}\n`);
  }

  async flush(text: string | Uint8Array): Promise<void> {
    this.write(typeof text === "string" ? text : Buffer.from(text).toString("utf8"));
  }

  /** Returns what a terminal of that width shows after all that was written: understands what the live block uses. */
  shown(): readonly string[] {
    const rows: string[][] = [[]];
    let y = 0;
    let x = 0;
    for (const [token] of this.written.matchAll(TOKENS)) {
      if (token === "\n") {
        y += 1;
        x = 0;
      } else if (token === "\r") x = 0;
      else if (token.startsWith("\u001b[") && token.endsWith("A"))
        y = Math.max(0, y - Number(token.slice(2, -1) || "1"));
      else if (token === "\u001b[K") rows[y]?.splice(x);
      else if (token === "\u001b[J") {
        rows.splice(y + 1);
        rows[y]?.splice(x);
      } else if (!token.startsWith("\u001b")) {
        if (x === this.width) {
          y += 1;
          x = 0;
        }
        rows[y] ??= [];
        const row = rows[y];
        if (row !== undefined) row[x] = token;
        x += 1;
      }
      rows[y] ??= [];
    }
    return rows.map((row) => Array.from(row, (cell) => cell ?? " ").join(""));
  }
}
