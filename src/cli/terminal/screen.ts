import { once } from "node:events";
import { harmless, withoutBidi } from "./harmless.ts";
import { makeStyle, type Style, wantsColour } from "./style.ts";

/** One of the program's two streams, with what can be done on it. */
export interface Screen {
  readonly style: Style;
  readonly isTerminal: boolean;
  /** Columns and rows now; Infinity when not a terminal, so that nothing is cut in a pipe. */
  size(): { readonly width: number; readonly height: number };
  /**
   * True once nothing can be written any more, whatever the reason: what is written then is lost, and whatever else
   * goes on does so.
   */
  isClosed(): boolean;
  /**
   * Returns the reason why something was lost that nobody gave up: a full disk, say. Undefined where the reader has
   * gone by itself (`headrace logs 3 | head`).
   */
  lost(): NodeJS.ErrnoException | undefined;
  write(text: string): void;
  /**
   * A terminal gets them without what could take it over; a pipe, whose end may be a terminal, without what makes them
   * read otherwise.
   */
  lines(lines: readonly string[]): void;
  /** Writes and waits until the reader can take more: whoever writes much must not pile it up in memory. */
  flush(text: string | Uint8Array): Promise<void>;
}

type OutputStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export function makeScreen(stream: OutputStream, env: Readonly<Record<string, string | undefined>>): Screen {
  const isTerminal = stream.isTTY === true;
  let isClosed = false;
  let lost: NodeJS.ErrnoException | undefined;
  // A closed terminal (EIO), a full disk, a reader that has gone: none of them is a reason to leave a run alone.
  const note = (error: NodeJS.ErrnoException | null | undefined): void => {
    if (error === null || error === undefined) return;
    // Only the first failure counts: what is written after it fails because the stream is closed.
    if (!isClosed && error.code !== "EPIPE") lost = error;
    isClosed = true;
  };
  stream.on("error", note);
  // The event comes later than the answer to the write, and after the last write too late.
  const write = (text: string | Uint8Array): boolean => isClosed || stream.write(text, note);
  return {
    style: makeStyle(wantsColour(stream, env)),
    isTerminal,
    // Pseudo-terminals that nobody gave a size have 0 columns and rows.
    size: () =>
      isTerminal ? { width: stream.columns || 80, height: stream.rows || 24 } : { width: Infinity, height: Infinity },
    isClosed: () => isClosed,
    lost: () => lost,
    write: (text) => {
      write(text);
    },
    lines: (lines) => {
      if (lines.length === 0) return;
      const text = lines.join("\n");
      write(`${isTerminal ? harmless(text) : withoutBidi(text)}\n`);
    },
    flush: async (text) => {
      if (text.length === 0 || write(text)) return;
      // The stream's error is the listener's above; here it only ends the waiting.
      await once(stream, "drain").catch(() => undefined);
    },
  };
}
