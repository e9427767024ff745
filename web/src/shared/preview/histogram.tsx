import type { ReactElement } from "react";
import type { TableColumnView } from "../../../../src/api/index.ts";
import { grouped } from "../../../../src/views/index.ts";

const WIDTH = 120;
const HEIGHT = 30;
const GAP = 1;

/** The shape of a column: a histogram, or its most frequent values as bars. */
export function Histogram({ column }: { readonly column: TableColumnView }): ReactElement | null {
  const { bins, top, name } = column;
  const counts = bins.length > 0 ? bins : top.map(({ count }) => count);
  const most = Math.max(...counts, 0);
  if (most === 0) return <svg className="histogram" width={WIDTH} height={HEIGHT} aria-hidden="true" />;
  const width = Math.min(WIDTH / counts.length, 16);
  return (
    <svg
      className={bins.length > 0 ? "histogram" : "histogram of-values"}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={labelOf(name, column)}
    >
      {counts.map((count, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a bar is known by its place
        <Bar key={index} x={index * width} width={Math.max(1, width - GAP)} height={heightOf(count, most)} />
      ))}
    </svg>
  );
}

function Bar({
  height,
  ...place
}: {
  readonly x: number;
  readonly width: number;
  readonly height: number;
}): ReactElement {
  return <rect {...place} y={HEIGHT - height} height={height} />;
}

/** The least that there is can be seen. */
function heightOf(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(1.5, (count / most) * HEIGHT);
}

function labelOf(name: string, { bins, top, min, max }: TableColumnView): string {
  if (bins.length > 0) return `Distribution of ${name} from ${min} to ${max}`;
  return `Most frequent values of ${name}: ${top.map(({ value, count }) => `${value} ${grouped(count)} times`).join(", ")}`;
}
