import type { LogLine } from "../../api/index.ts";

/** The end of a log as far as it was read, so that whoever asks again is read only what came since. */
export interface LogTail {
  /** The place from which reading goes on; absent: nothing was read. */
  readonly next?: string;
  /** Number of lines before it. */
  readonly count: number;
  /** The last of them: `KEPT_LINES`, or all. */
  readonly last: readonly LogLine[];
}

/** As many as clients ask for unless they say otherwise. */
export const KEPT_LINES = 2_000;
const NOTHING: LogTail = { count: 0, last: [] };
/** Clients poll each second. A log may be removed later, and must not be shown from here then. */
const KEPT_MS = 60_000;
/** Most logs that may be polled at the same time. */
const MOST = 64;
/** A line may be of any length. */
const MOST_CHARACTERS = 4_000_000;

/** The tails of the logs that are being polled, in the memory of this process. */
export class LogTails {
  readonly #tails = new Map<string, { readonly tail: LogTail; readonly until: number }>();

  get(executionId: string, now = performance.now()): LogTail {
    const found = this.#tails.get(executionId);
    return found === undefined || found.until < now ? NOTHING : found.tail;
  }

  /** If two tails were read at once, the longer one stays. */
  set(executionId: string, tail: LogTail, now = performance.now()): void {
    if (this.get(executionId, now).count > tail.count) return;
    this.#tails.delete(executionId);
    const characters = tail.last.reduce((sum, { text }) => sum + text.length, 0);
    if (characters <= MOST_CHARACTERS) this.#tails.set(executionId, { tail, until: now + KEPT_MS });
    for (const [id, { until }] of this.#tails) if (until < now || this.#tails.size > MOST) this.#tails.delete(id);
  }
}

/** The tail behind these further lines. */
export function extended({ count, last }: LogTail, lines: readonly LogLine[], next: string): LogTail {
  return { next, count: count + lines.length, last: [...last, ...lines].slice(-KEPT_LINES) };
}

/** The last so many lines; undefined where they begin before what is kept. */
export function lastOf({ count, last }: LogTail, wanted: number): readonly LogLine[] | undefined {
  return last.length === count || wanted <= last.length ? last.slice(-wanted) : undefined;
}
