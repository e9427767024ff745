import type { ReactElement } from "react";
import type { HtmlTable } from "./tables-in-html.ts";

/** A table among the outputs of a notebook, such as a data frame. */
export function OutputTable({ table: { head, rows } }: { readonly table: HtmlTable }): ReactElement {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="table-frame preview-table of-output" tabIndex={0} aria-label="Table of the output">
      <table className="table">
        <thead>
          {head.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place
            <tr key={at}>
              {row.map((cell, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a column is known by its place
                <th key={column} className={isNumeric(rows, column) ? "number" : ""}>
                  {cell}
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place
            <tr key={at}>
              {row.map((cell, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a column is known by its place
                <td key={column} className={isNumeric(rows, column) ? "number" : ""}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function isNumeric(rows: HtmlTable["rows"], column: number): boolean {
  return rows.slice(0, 20).every((row) => /^(?:|nan|-?[\d.,]+(?:e[+-]?\d+)?)$/i.test(row[column] ?? ""));
}
