import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { useProject } from "../../frame/use-project.ts";
import "../../styles/log.css";
import { LogText } from "./log-line.tsx";
import type { LogPages, ShownLine } from "./log-pages.ts";
import { useLog } from "./use-log.ts";

const MOST = 14;

/** The last lines of a log, live. */
export function LogTail({
  execution,
  isEnded,
  more,
}: {
  readonly execution: number;
  readonly isEnded: boolean;
  /** A further link beside that to the whole log. */
  readonly more?: ReactNode;
}): ReactElement {
  const { address } = useProject();
  const { log } = useLog(execution, MOST);
  const all = lastLines(log);
  return (
    <div className="stack">
      {all.length === 0 ? (
        <p className="small quiet">
          {!log.isOpen ? "" : log.state === "ended" || isEnded ? "It printed nothing." : "It has printed nothing yet."}
        </p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <pre className="log-tail" tabIndex={0}>
          <div>
            {all.map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
              <div key={index} className={line.stream}>
                <LogText line={line} />
              </div>
            ))}
          </div>
        </pre>
      )}
      <div className="row">
        {more}
        <Link
          to="/p/$owner/$name/executions/$execution"
          params={{ ...address, execution: String(execution) }}
          className="plain-link small"
        >
          The whole log
        </Link>
      </div>
    </div>
  );
}

function lastLines(log: LogPages): readonly ShownLine[] {
  const end = log.count + log.unfinished.length;
  return Array.from({ length: MOST }, (_, index) => end - MOST + index).flatMap((number) =>
    number < 0 ? [] : (log.line(number) ?? []),
  );
}
