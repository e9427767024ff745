import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactElement, useEffect, useRef } from "react";
import { SpaceRow } from "../../shared/space-row.tsx";
import { RowCells } from "./row-cells.tsx";
import { useRowKeys } from "./use-row-keys.ts";
import type { Row } from "./use-rows.ts";

const ROW_PX = 33;
/** As many are chosen at once: more are compared by nobody. */
const MOST_CHOSEN = 50;

export interface RowsTableProps {
  readonly rows: readonly Row[];
  readonly columns: readonly string[];
  readonly chosen: ReadonlySet<number>;
  readonly toggle: (number: number) => void;
  /** Chooses these rows and no other. */
  readonly choose: (rows: readonly Row[]) => void;
  readonly sort: string | undefined;
  readonly onSort: (sort: string | undefined) => void;
  readonly hasMore: boolean;
  readonly more: () => void;
}

/** Only the rows in sight are in the page, however many there are; the next page comes as its end comes near. */
export function RowsTable({
  rows,
  columns,
  chosen,
  toggle,
  choose,
  sort,
  onSort,
  hasMore,
  more,
}: RowsTableProps): ReactElement {
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const seen = virtual.getVirtualItems();
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - 30) more();
  }, [hasMore, last, rows.length, more]);
  const current = useRowKeys({ rows, toggle, show: (index) => virtual.scrollToIndex(index) });
  const before = seen[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (seen.at(-1)?.end ?? 0);
  const width = columns.length + 8;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="table-frame rows" ref={frame} tabIndex={0} aria-label="Rows">
      <table className="table" aria-rowcount={hasMore ? -1 : rows.length}>
        <Heads {...{ rows, columns, sort, onSort, chosen, choose }} />
        <tbody>
          {before > 0 && <SpaceRow px={before} width={width} />}
          {seen.map(({ index }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const isChosen = chosen.has(row.number);
            return (
              <tr
                key={row.id}
                className={`${isChosen ? "chosen" : ""} ${index === current ? "current" : ""}`}
                aria-rowindex={index + 1}
              >
                <td className="narrow">
                  <input
                    type="checkbox"
                    checked={isChosen}
                    onChange={() => toggle(row.number)}
                    aria-label={`Choose ${row.number}`}
                  />
                </td>
                <RowCells row={row} columns={columns} />
              </tr>
            );
          })}
          {after > 0 && <SpaceRow px={after} width={width} />}
        </tbody>
      </table>
    </section>
  );
}

type HeadsProps = Pick<RowsTableProps, "rows" | "columns" | "sort" | "onSort" | "chosen" | "choose">;

function Heads({ rows, columns, sort, onSort, chosen, choose }: HeadsProps): ReactElement {
  const isRuns = rows[0]?.of === "run";
  return (
    <thead>
      <tr>
        <th className="narrow">
          <input
            type="checkbox"
            aria-label={`Choose the first ${Math.min(rows.length, MOST_CHOSEN)} rows`}
            checked={chosen.size > 0 && rows.slice(0, MOST_CHOSEN).every(({ number }) => chosen.has(number))}
            onChange={(event) => choose(event.currentTarget.checked ? rows.slice(0, MOST_CHOSEN) : [])}
          />
        </th>
        <th className="number">
          <SortButton name="" label="#" sort={sort} onSort={onSort} />
        </th>
        <th>State</th>
        <th>{isRuns ? "Run of" : "Node"}</th>
        {isRuns ? <th>Nodes</th> : <th>Run</th>}
        <th className="number">Began</th>
        <th className="number">Took</th>
        {columns.map((name) => (
          <th key={name} className="number" aria-sort={sortOf(name, sort)}>
            <SortButton name={name} label={name} sort={sort} onSort={onSort} />
          </th>
        ))}
      </tr>
    </thead>
  );
}

function sortOf(name: string, sort: string | undefined): "ascending" | "descending" | "none" {
  if (sort === name) return "descending";
  return sort === `${name}:asc` ? "ascending" : "none";
}

/** The greatest first, then the least first, then the newest first again. */
function SortButton({
  name,
  label,
  sort,
  onSort,
}: Pick<HeadsProps, "sort" | "onSort"> & { readonly name: string; readonly label: string }): ReactElement {
  const order = name === "" ? "none" : sortOf(name, sort);
  const next = name === "" ? undefined : { none: name, descending: `${name}:asc`, ascending: undefined }[order];
  const title = name === "" ? "Newest first" : `Sort by ${name}`;
  return (
    <button type="button" title={title} onClick={() => onSort(next)}>
      {label}
      {{ none: "", descending: " ↓", ascending: " ↑" }[order]}
    </button>
  );
}
