import type { ReactElement } from "react";
import { formatValue, type MatrixFigure } from "../../../../src/views/index.ts";

/** Shades of a cell, by its share of the greatest. */
const SHADES = 5;

/** A confusion matrix: the truth down, the prediction across, the more the darker. */
export function MatrixTable({
  matrix: { key, rows, columns, cells },
}: {
  readonly matrix: MatrixFigure;
}): ReactElement {
  const most = Math.max(...cells.flat().map((count) => Math.abs(count ?? 0)), 0);
  return (
    <figure className="chart matrix">
      <figcaption className="spread">
        <h3 className="breaks">{key}</h3>
        <span className="small quiet">truth ↓ · prediction →</span>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="scrolls" tabIndex={0} aria-label={`Matrix ${key}`}>
        <table>
          <thead>
            <tr>
              <td />
              {columns.map((name, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: classes may have equal names
                <th key={index} scope="col" title={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cells.map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: classes may have equal names
              <tr key={at}>
                <th scope="row" title={rows[at]}>
                  {rows[at]}
                </th>
                {row.map((count, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: classes may have equal names
                  <Cell key={index} count={count} most={most} pair={[rows[at], columns[index]]} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </figure>
  );
}

interface CellProps {
  readonly count: number | undefined;
  readonly most: number;
  readonly pair: readonly [truth: string | undefined, prediction: string | undefined];
}

function Cell({ count, most, pair: [truth, prediction] }: CellProps): ReactElement {
  return (
    <td className={`number shade-${shadeOf(count, most)}`} title={`${truth} taken for ${prediction}: ${count ?? 0}`}>
      {count === undefined ? "" : formatValue(count, { short: true })}
    </td>
  );
}

function shadeOf(count: number | undefined, most: number): number {
  if (count === undefined || count === 0 || most === 0) return 0;
  return Math.max(1, Math.ceil((Math.abs(count) / most) * SHADES));
}
