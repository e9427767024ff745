export {
  type ColumnDrift,
  type ColumnPair,
  type ColumnShape,
  compareColumns,
  type DriftFlavour,
  type DriftScore,
  shapeOf,
} from "./drift/compare-columns.ts";
export { DRIFT_MEASURES, type DriftMeasure, driftMeasure } from "./drift/measures.ts";
export { type Column, categoricalSample, numericSample, type Sample, sizeOf } from "./drift/sample.ts";
