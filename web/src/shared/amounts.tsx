import { type ReactElement, useSyncExternalStore } from "react";
import { formatAgo, formatDuration, formatSize, formatTime, formatValue } from "../../../src/views/index.ts";

/* Numbers with their units, and times: each looks alike wherever it stands. */

export function Size({ bytes }: { readonly bytes: number }): ReactElement {
  const [amount, unit] = formatSize(bytes).split(" ");
  return (
    <span className="number" title={`${bytes} bytes`}>
      {amount}
      <span className="unit">{unit}</span>
    </span>
  );
}

/** From start to end; while it lasts, until now. */
export function Duration({
  seconds,
  since,
}: {
  readonly seconds: number | null;
  /** The start of what has not ended. */
  readonly since?: string | null | undefined;
}): ReactElement {
  if (seconds !== null) return <span className="number">{formatDuration(seconds)}</span>;
  return since == null ? <span className="number quiet">–</span> : <Running since={since} />;
}

function Running({ since }: { readonly since: string }): ReactElement {
  const now = useNow("seconds");
  return <span className="number">{formatDuration(Math.max(0, Math.floor((now - Date.parse(since)) / 1000)))}</span>;
}

/** Shows the time since then, with the exact time under the pointer. */
export function Ago({ at }: { readonly at: string | null }): ReactElement {
  const now = useNow("minutes");
  if (at === null) return <span className="quiet">–</span>;
  return (
    <time dateTime={at} title={formatTime(at)} className="number">
      {formatAgo(at, now)}
    </time>
  );
}

/** A value of a parameter or a metric. */
export function Value({ value }: { readonly value: unknown }): ReactElement {
  if (value === undefined || value === null) return <span className="quiet">–</span>;
  const text = formatValue(value, { short: true });
  return (
    <span className={typeof value === "number" ? "number" : "breaks"} title={formatValue(value)}>
      {text}
    </span>
  );
}

/** The time, anew each so many ms. All that show it change together, from one timer for each interval. */
class Clock {
  now = Date.now();
  readonly #everyMs: number;
  readonly #readers = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  subscribe = (reader: () => void): (() => void) => {
    if (this.#readers.size === 0) {
      this.now = Date.now();
      this.#timer = setInterval(() => this.#tick(), this.#everyMs);
    }
    this.#readers.add(reader);
    return () => {
      this.#readers.delete(reader);
      if (this.#readers.size === 0) clearInterval(this.#timer);
    };
  };

  read = (): number => this.now;

  #tick(): void {
    this.now = Date.now();
    for (const reader of this.#readers) reader();
  }
}

const SECONDS = new Clock(1_000);
const MINUTES = new Clock(20_000);

export function useNow(clock: "seconds" | "minutes"): number {
  const { subscribe, read } = clock === "seconds" ? SECONDS : MINUTES;
  return useSyncExternalStore(subscribe, read);
}
