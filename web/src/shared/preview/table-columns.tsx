import type { ReactElement } from "react";
import type { TableColumnView, TableView } from "../../../../src/api/index.ts";
import { formatValue, grouped } from "../../../../src/views/index.ts";
import { Histogram } from "./histogram.tsx";
import { typeText } from "./table-rows.tsx";

/** The columns in figures: what is missing, how many values there are, their range and middle, the most frequent. */
export function TableColumns({ table: { columns, profiledRows } }: { readonly table: TableView }): ReactElement {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="table-frame preview-table" tabIndex={0} aria-label="Columns of the file">
      <table className="table figures">
        <thead>
          <tr>
            <th>Column</th>
            <th>Type</th>
            <th className="number">Missing</th>
            <th className="number">Distinct</th>
            <th className="number">Least</th>
            <th className="number">25 %</th>
            <th className="number">Median</th>
            <th className="number">75 %</th>
            <th className="number">Greatest</th>
            <th className="number">Mean</th>
            <th className="number">Deviation</th>
            <th>Shape</th>
            <th>Most frequent</th>
          </tr>
        </thead>
        <tbody>
          {columns.map((column, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns may have equal names
            <Row key={index} column={column} rows={profiledRows} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ column, rows }: { readonly column: TableColumnView; readonly rows: number }): ReactElement {
  const { name, type, missing, distinct, min, max, quartiles, mean, deviation, top, kind } = column;
  const isRanged = kind === "number" || kind === "time";
  return (
    <tr>
      <td className="name breaks">{name}</td>
      <td className="soft" title={type}>
        {typeText(column)}
      </td>
      <td className="number" title={`${grouped(missing)} of ${grouped(rows)} rows`}>
        {missing === 0 ? (
          <span className="quiet">0</span>
        ) : (
          <span className="caution-text">{shareOf(missing, rows)}</span>
        )}
      </td>
      <Figure value={distinct === null ? undefined : grouped(distinct)} />
      <Figure value={isRanged ? shortText(min, kind) : undefined} />
      {[0, 1, 2].map((at) => (
        <Figure key={at} value={shortNumber(quartiles[at])} />
      ))}
      <Figure value={isRanged ? shortText(max, kind) : undefined} />
      <Figure value={shortNumber(mean)} />
      <Figure value={shortNumber(deviation)} />
      <td>
        <Histogram column={column} />
      </td>
      <td className="clip small soft" title={top.map(({ value, count }) => `${value} × ${count}`).join("\n")}>
        {top.slice(0, 3).map(({ value, count }, index) => (
          <span key={value}>
            {index > 0 && ", "}
            {value} <span className="quiet number">{shareOf(count, rows)}</span>
          </span>
        ))}
      </td>
    </tr>
  );
}

function Figure({ value }: { readonly value: string | undefined }): ReactElement {
  return <td className="number">{value ?? <span className="quiet">–</span>}</td>;
}

function shortNumber(value: number | null | undefined): string | undefined {
  return value === null || value === undefined ? undefined : formatValue(value, { short: true });
}

function shortText(value: string | null, kind: string): string | undefined {
  if (value === null) return undefined;
  return kind === "number" ? formatValue(Number(value), { short: true }) : value;
}

/** Never "100 %" or "0 %" of what is not all or nothing. */
function shareOf(count: number, all: number): string {
  const share = (100 * count) / Math.max(1, all);
  if (count > 0 && share < 1) return "< 1 %";
  if (count < all && share > 99) return "> 99 %";
  return `${Math.round(share)} %`;
}
