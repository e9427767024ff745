import type { ReactElement } from "react";

const [WIDTH, HEIGHT] = [64, 16];

/** The course of a few numbers, as small as a word. */
export function Spark({
  values,
  label,
}: {
  readonly values: readonly number[];
  readonly label: string;
}): ReactElement | null {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2) return null;
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const points = finite.map((value, index) => {
    const x = 2 + (index / (finite.length - 1)) * (WIDTH - 4);
    const y = most === least ? HEIGHT / 2 : HEIGHT - 2 - ((value - least) / (most - least)) * (HEIGHT - 4);
    return [x, y] as const;
  });
  const last = points.at(-1) ?? [0, 0];
  return (
    <svg className="spark" width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
      <polyline points={points.map((point) => point.join(",")).join(" ")} fill="none" stroke="currentColor" />
      <circle cx={last[0]} cy={last[1]} r="1.8" fill="currentColor" />
    </svg>
  );
}
