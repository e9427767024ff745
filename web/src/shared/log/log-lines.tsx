import { type ReactElement, useEffect } from "react";
import { formatTime, grouped } from "../../../../src/views/index.ts";
import type { Folds } from "./folds.ts";
import { LogText } from "./log-line.tsx";
import type { LogPages, ShownLine } from "./log-pages.ts";
import { LINE_PX, MOST_WHOLE, type ViewPort } from "./use-view-port.ts";

/** Lines are asked for once the eye rests so long. */
const REST_MS = 60;
const BEYOND = 10;

export interface LogLinesProps {
  readonly log: LogPages;
  readonly version: number;
  readonly view: ViewPort;
  readonly folds: Folds;
  /** The line that was jumped to. */
  readonly current: number | undefined;
  /** The text that is marked in the lines, in small letters. */
  readonly search: string;
  /** The moment at which each line was printed is shown. */
  readonly hasTimes: boolean;
  readonly onLine: (line: number) => void;
  readonly onFold: (title: number, isOpen: boolean) => void;
}

/** The lines in sight; all of them where they are few. */
export function LogLines({ log, version, view, folds, ...shown }: LogLinesProps): ReactElement {
  const all = folds.rows;
  const { setFrame, framePx, heightPx, top, follows } = view;
  const isWhole = all <= MOST_WHOLE;
  const inSight = Math.ceil(framePx / LINE_PX) + 1;
  const first = isWhole ? 0 : Math.max(0, follows ? all - inSight : Math.min(Math.floor(top), all - 1));
  const end = isWhole ? all : Math.min(all, first + inSight);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the log changes in place; `version` stands for it
  useEffect(() => {
    const timer = setTimeout(
      () => {
        for (const run of runsOf(folds, Math.max(0, first - BEYOND), Math.min(all, end + BEYOND))) log.want(...run);
      },
      log.isOpen ? REST_MS : 0,
    );
    return () => clearTimeout(timer);
  }, [log, version, folds, first, end]);
  const lines = Array.from({ length: end - first }, (_, index) => folds.lineAt(first + index)).map((number) => (
    <Line key={number} {...{ number, log, folds }} {...shown} />
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

/** The lines of some rows, as stretches without a gap: what a closed group hides is not asked for. */
function runsOf(folds: Folds, first: number, end: number): readonly (readonly [first: number, end: number])[] {
  const runs: [number, number][] = [];
  for (let row = first; row < end; row++) {
    const line = folds.lineAt(row);
    const last = runs.at(-1);
    if (last !== undefined && last[1] === line) last[1] = line + 1;
    else runs.push([line, line + 1]);
  }
  return runs;
}

type LineProps = Omit<LogLinesProps, "version" | "view"> & { readonly number: number };

function Line({ log, number, current, search, folds, hasTimes, onLine, onFold }: LineProps): ReactElement {
  const line = log.line(number);
  const title = folds.titleAt(number);
  return (
    <li
      data-line={number}
      className={`${line?.stream ?? "awaited"} ${number === current ? "current" : ""} ${number === log.firstError ? "first-error" : ""}`}
    >
      {/* Its number leads to it; a person who reads with the keyboard takes the search, or the address. */}
      <button type="button" className="line-number" tabIndex={-1} aria-hidden="true" onClick={() => onLine(number)}>
        {number + 1}
      </button>
      {hasTimes && <Printed at={line?.at} />}
      {title === undefined ? (
        <span className={line?.text === "::endgroup::" ? "line-text quiet" : "line-text"}>
          {line && <LogText line={line} search={search} />}
        </span>
      ) : (
        <GroupTitle line={line} {...title} onFold={(isOpen) => onFold(number, isOpen)} />
      )}
    </li>
  );
}

function GroupTitle({
  line,
  isOpen,
  lines,
  onFold,
}: {
  readonly line: ShownLine | undefined;
  readonly isOpen: boolean;
  readonly lines: number | undefined;
  readonly onFold: (isOpen: boolean) => void;
}): ReactElement {
  return (
    <button type="button" className="line-text log-group" aria-expanded={isOpen} onClick={() => onFold(!isOpen)}>
      <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span>{" "}
      {line && <LogText line={{ ...line, text: line.text.replace(/^::group::/, "") }} />}
      {lines !== undefined && lines > 0 && <span className="quiet small"> {grouped(lines)} lines</span>}
    </button>
  );
}

function Printed({ at }: { readonly at: string | undefined }): ReactElement {
  if (at === undefined) return <span className="line-time" />;
  const time = new Date(at);
  const text = `${time.toLocaleTimeString("en-GB")}.${String(time.getMilliseconds()).padStart(3, "0")}`;
  return (
    <time className="line-time" dateTime={at} title={formatTime(at)}>
      {text}
    </time>
  );
}
