import type { ReactElement } from "react";
import type { TableColumnView, TableView } from "../../../../src/api/index.ts";
import { Histogram } from "./histogram.tsx";

/** The first rows of a table; each column is headed by its type and its shape. */
export function TableRows({ table: { columns, first, rows } }: { readonly table: TableView }): ReactElement {
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="table-frame preview-table" tabIndex={0} aria-label="Rows of the file">
        <table className="table">
          <thead>
            <tr>
              {columns.map((column, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns may have equal names
                <th key={index} className={column.kind === "number" ? "number column-head" : "column-head"}>
                  <span className="column-name">{column.name}</span>
                  <span className="quiet column-type">{typeText(column)}</span>
                  <Histogram column={column} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {first.map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no names
              <tr key={at}>
                {row.map((cell, index) => (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns may have equal names
                    key={index}
                    className={columns[index]?.kind === "number" ? "number" : "clip"}
                    {...(cell !== null && cell.length > 40 && { title: cell })}
                  >
                    {cell ?? <span className="quiet">–</span>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {first.length < rows && <p className="quiet small">The first {first.length} rows.</p>}
    </>
  );
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^VARCHAR$/, "text"],
  [/^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?)$/, "integer"],
  [/^(?:DOUBLE|FLOAT)$/, "number"],
  [/^BOOLEAN$/, "yes or no"],
  [/^TIMESTAMP/, "time"],
];

/** A type in a word; DuckDB's own where there is none. */
export function typeText({ type }: Pick<TableColumnView, "type">): string {
  return WORDS.find(([pattern]) => pattern.test(type))?.[1] ?? type.toLowerCase();
}
