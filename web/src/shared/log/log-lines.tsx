import { type ReactElement, useEffect } from "react";
import { LogText } from "./log-line.tsx";
import type { LogPages } from "./log-pages.ts";
import { LINE_PX, MOST_WHOLE, type ViewPort } from "./use-view-port.ts";

/** Lines are asked for once the eye rests so long. */
const REST_MS = 60;
const BEYOND = 10;

export interface LogLinesProps {
  readonly log: LogPages;
  readonly version: number;
  readonly view: ViewPort;
  /** The line that was jumped to. */
  readonly current: number | undefined;
  /** The text that is marked in the lines, in small letters. */
  readonly search: string;
}

/** The lines in sight; all of them where they are few. */
export function LogLines({ log, version, view, current, search }: LogLinesProps): ReactElement {
  const all = log.count + log.unfinished.length;
  const { setFrame, framePx, heightPx, top, follows } = view;
  const isWhole = all <= MOST_WHOLE;
  const inSight = Math.ceil(framePx / LINE_PX) + 1;
  const first = isWhole ? 0 : Math.max(0, follows ? all - inSight : Math.min(Math.floor(top), all - 1));
  const end = isWhole ? all : Math.min(all, first + inSight);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the log changes in place; `version` stands for it
  useEffect(() => {
    const timer = setTimeout(() => log.want(Math.max(0, first - BEYOND), end + BEYOND), log.isOpen ? REST_MS : 0);
    return () => clearTimeout(timer);
  }, [log, version, first, end]);
  const lines = Array.from({ length: end - first }, (_, index) => first + index).map((number) => (
    <Line key={number} {...{ number, log, current, search }} />
  ));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="log-lines" ref={setFrame} tabIndex={0} aria-label="Log">
      {isWhole ? (
        <ol>{lines}</ol>
      ) : (
        <div style={{ height: heightPx }}>
          <ol
            className={`log-sight ${follows ? "at-end" : ""}`}
            style={{ height: framePx }}
            aria-label={`Lines ${first + 1} to ${end} of ${all}`}
          >
            {lines}
          </ol>
        </div>
      )}
    </section>
  );
}

function Line({
  log,
  number,
  current,
  search,
}: Pick<LogLinesProps, "log" | "current" | "search"> & { readonly number: number }): ReactElement {
  const line = log.line(number);
  return (
    <li
      data-line={number}
      className={`${line?.stream ?? "awaited"} ${number === current ? "current" : ""} ${number === log.firstError ? "first-error" : ""}`}
    >
      <span className="line-number" aria-hidden="true">
        {number + 1}
      </span>
      <span className="line-text">{line && <LogText line={line} search={search} />}</span>
    </li>
  );
}
