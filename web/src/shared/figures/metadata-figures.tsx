import "../../styles/figures.css";
import { type ReactElement, useMemo } from "react";
import { formatValue, metadataFigures, type UnitCurve } from "../../../../src/views/index.ts";
import { LineChart } from "../chart/line-chart.tsx";
import { MatrixTable } from "./matrix-table.tsx";

/** Confusion matrices and curves among the values that a step has printed. */
export function MetadataFigures({
  metadata,
}: {
  readonly metadata: Readonly<Record<string, unknown>>;
}): ReactElement | null {
  const { matrices, curves } = useMemo(() => metadataFigures(metadata), [metadata]);
  if (matrices.length + curves.length === 0) return null;
  return (
    <div className="charts">
      {curves.map((curve) => (
        <Curve key={curve.key} curve={curve} />
      ))}
      {matrices.map((matrix) => (
        <MatrixTable key={matrix.key} matrix={matrix} />
      ))}
    </div>
  );
}

const DIAGONAL = {
  label: "by chance",
  points: [
    { x: 0, y: 0 },
    { x: 1, y: 1 },
  ],
};

function Curve({ curve: { key, kind, points, area } }: { readonly curve: UnitCurve }): ReactElement {
  const series = useMemo(
    () => [{ label: kind === "roc" ? "true positives" : "precision", points }, ...(kind === "roc" ? [DIAGONAL] : [])],
    [kind, points],
  );
  const axis = kind === "roc" ? "false positives" : "recall";
  return <LineChart title={`${key}, area ${formatValue(area, { short: true })}`} series={series} axis={axis} />;
}
