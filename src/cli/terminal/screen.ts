import { once } from "node:events";
import { harmless } from "./harmless.ts";
import { makeStyle, type Style, wantsColour } from "./style.ts";

/** One of the program's two streams, with what can be done on it. */
export interface Screen {
  readonly style: Style;
  readonly isTerminal: boolean;
  /** Columns and rows now; Infinity when not a terminal, so that nothing is cut in a pipe. */
  size(): { readonly width: number; readonly height: number };
  /** True once the reader has gone (`headrace logs 3 | head`): what is written then is lost, and nobody misses it. */
  isClosed(): boolean;
  write(text: string): void;
  /** A terminal gets them without what could take it over. */
  lines(lines: readonly string[]): void;
  /** Writes and waits until the reader can take more: whoever writes much must not pile it up in memory. */
  flush(text: string): Promise<void>;
}

type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

export function makeScreen(stream: OutputStream, env: Readonly<Record<string, string | undefined>>): Screen {
  const isTerminal = stream.isTTY === true;
  let isClosed = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    isClosed = true;
  });
  const write = (text: string): boolean => isClosed || stream.write(text);
  return {
    style: makeStyle(wantsColour(stream, env)),
    isTerminal,
    size: () => (isTerminal ? { width: stream.columns ?? 80, height: stream.rows ?? 24 } : { width: Infinity, height: Infinity }),
    isClosed: () => isClosed,
    write: (text) => {
      write(text);
    },
    lines: (lines) => {
      if (lines.length === 0) return;
      const text = lines.join("\n");
      write(`${isTerminal ? harmless(text) : text}\n`);
    },
    flush: async (text) => {
      if (text === "" || write(text)) return;
      // The stream's error is the listener's above; here it only ends the waiting.
      await once(stream, "drain").catch(() => undefined);
    },
  };
}
