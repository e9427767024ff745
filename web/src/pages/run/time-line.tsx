import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactElement, useRef } from "react";
import type { RunRecordView } from "../../../../src/api/index.ts";
import { formatDuration, stateLook } from "../../../../src/views/index.ts";
import { useNow } from "../../shared/amounts.tsx";
import { StateMark } from "../../shared/state-mark.tsx";
import type { ShownNode } from "./shown-node.ts";

const ROW_PX = 27;

export interface TimeLineProps {
  readonly run: RunRecordView;
  readonly nodes: readonly ShownNode[];
  readonly selected: string | undefined;
  readonly onSelect: (node: string | undefined) => void;
}

/** Shows when each node waited, was prepared and ran: a bar a node, from the beginning of the run to its end. */
export function TimeLine({ run, nodes, selected, onSelect }: TimeLineProps): ReactElement {
  const now = useNow("seconds");
  const frame = useRef<HTMLDivElement>(null);
  const rows = [...nodes].sort((a, b) => beginOf(a) - beginOf(b));
  const from = Date.parse(run.createdAt);
  const ends = nodes.map(
    ({ finishedAt, startedAt, state }) => finishedAt ?? (startedAt === undefined || state === "reused" ? from : now),
  );
  const to = Math.max(from + 1, ...ends);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="time-line" ref={frame} tabIndex={0} aria-label="Time line">
      <div className="scale" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <span key={share}>{formatDuration(((to - from) * share) / 1000)}</span>
        ))}
      </div>
      <ol style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const node = rows[index];
          if (node === undefined) return null;
          const isSelected = node.name === selected;
          return (
            <li key={node.name} style={{ transform: `translateY(${start}px)` }}>
              <button
                type="button"
                className={isSelected ? "selected" : ""}
                aria-pressed={isSelected}
                onClick={() => onSelect(isSelected ? undefined : node.name)}
              >
                <span className="who">
                  <StateMark state={node.state} bare />
                  <span className="clip">{node.name}</span>
                </span>
                <Bars node={node} from={from} to={to} now={now} />
              </button>
            </li>
          );
        })}
      </ol>
      <p className="small quiet legend">
        <span className="bar-waits" /> waits and is prepared <span className="bar-runs tone-good" /> runs
      </p>
    </section>
  );
}

function beginOf({ createdAt, startedAt, state }: ShownNode): number {
  return state === "reused" ? 0 : (createdAt ?? startedAt ?? Number.POSITIVE_INFINITY);
}

interface BarsProps {
  readonly node: ShownNode;
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

function Bars({ node, from, to, now }: BarsProps): ReactElement {
  const { createdAt, startedAt, finishedAt, state } = node;
  if (state === "reused" || (createdAt === undefined && startedAt === undefined))
    return <span className="bars quiet small">{state === "reused" ? "has an earlier result" : state}</span>;
  const percent = (at: number): number => (100 * Math.max(0, Math.min(at, to) - from)) / (to - from);
  const began = startedAt ?? finishedAt ?? now;
  const ended = finishedAt ?? now;
  const made = createdAt ?? began;
  return (
    <span className="bars">
      <span
        className="bar-waits"
        style={{ left: `${percent(made)}%`, width: `${Math.max(0, percent(began) - percent(made))}%` }}
      />
      <span
        className={`bar-runs tone-${stateLook(state).tone}`}
        style={{ left: `${percent(began)}%`, width: `max(2px, ${percent(ended) - percent(began)}%)` }}
      />
      <span className={percent(ended) > 85 ? "took before" : "took"} style={{ left: `${percent(ended)}%` }}>
        {formatDuration(Math.max(0, ended - began) / 1000)}
      </span>
    </span>
  );
}
