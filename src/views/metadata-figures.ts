/** A table of numbers by two lists of names, such as a confusion matrix: the truth down, the prediction across. */
export interface MatrixFigure {
  readonly key: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Row by row; undefined where nothing was told. */
  readonly cells: readonly (readonly (number | undefined)[])[];
}

/** A curve between 0 and 1 on both axes. */
export interface UnitCurve {
  readonly key: string;
  readonly kind: "roc" | "precision-recall";
  /** In the order of their `x`. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Below the curve, by trapezoids. */
  readonly area: number;
}

export interface MetadataFigures {
  readonly matrices: readonly MatrixFigure[];
  readonly curves: readonly UnitCurve[];
}

type Metadata = Readonly<Record<string, unknown>>;

/** A larger one cannot be read as a drawing. */
const MOST_CLASSES = 60;

/** The matrices and curves among the values that a step has printed; docs/metadata.md tells their forms. */
export function metadataFigures(metadata: Metadata): MetadataFigures {
  const entries = Object.entries(metadata);
  return {
    matrices: entries.flatMap(([key, value]) => (isCurveName(key) ? [] : (matrixOf(key, value, metadata) ?? []))),
    curves: [...entries.flatMap(([key, value]) => pairsCurve(key, value) ?? []), ...listCurves(metadata)],
  };
}

function matrixOf(key: string, value: unknown, metadata: Metadata): MatrixFigure | undefined {
  if (!isTable(value)) return undefined;
  const isSquare = value.every((row) => row.length === value.length && row.every(isNumber));
  if (isSquare && value.length >= 2 && value.length <= MOST_CLASSES) {
    const names = labelsOf(key, metadata, value.length);
    return { key, rows: names, columns: names, cells: value as readonly (readonly number[])[] };
  }
  return triplesOf(key, value);
}

/** `[truth, prediction, count]` for each pair that there is. */
function triplesOf(key: string, value: readonly (readonly unknown[])[]): MatrixFigure | undefined {
  const isTriple = (row: readonly unknown[]): boolean =>
    row.length === 3 && isName(row[0]) && isName(row[1]) && isNumber(row[2]);
  if (!value.every(isTriple)) return undefined;
  const rows = [...new Set(value.map(([row]) => String(row)))];
  const columns = [...new Set(value.map(([, column]) => String(column)))];
  if (rows.length > MOST_CLASSES || columns.length > MOST_CLASSES) return undefined;
  // Classes stand in one order on both sides where they are the same.
  const isSame = rows.length === columns.length && columns.every((name) => rows.includes(name));
  const across = isSame ? rows : columns;
  const counts = new Map(value.map(([row, column, count]) => [JSON.stringify([String(row), String(column)]), count]));
  const cells = rows.map((row) =>
    across.map((column) => counts.get(JSON.stringify([row, column])) as number | undefined),
  );
  return { key, rows, columns: across, cells };
}

/** The names of the classes: `KEY_labels`, else `labels`, where there are as many as classes. */
function labelsOf(key: string, metadata: Metadata, count: number): readonly string[] {
  for (const name of [`${key}_labels`, "labels"]) {
    const labels = Object.hasOwn(metadata, name) ? metadata[name] : undefined;
    if (Array.isArray(labels) && labels.length === count && labels.every(isName)) return labels.map(String);
  }
  return Array.from({ length: count }, (_, index) => String(index));
}

function isCurveName(key: string): boolean {
  return /(?:^|[_.\-/ ])roc(?:$|[_.\-/ ])/i.test(key);
}

/** `roc: [[fpr, tpr], …]`; a threshold may stand behind them. */
function pairsCurve(key: string, value: unknown): UnitCurve | undefined {
  if (!isCurveName(key) || !isTable(value) || !value.every(([x, y]) => isShare(x) && isShare(y))) return undefined;
  return curveOf(
    key,
    "roc",
    (value as readonly (readonly number[])[]).map(([x = 0, y = 0]) => ({ x, y })),
  );
}

const LISTS = [
  { x: "fpr", y: "tpr", kind: "roc" },
  { x: "recall", y: "precision", kind: "precision-recall" },
] as const;

/** Two lists of equal length, as scikit-learn gives them: `fpr` and `tpr`, `recall` and `precision` with any prefix. */
function listCurves(metadata: Metadata): readonly UnitCurve[] {
  return Object.entries(metadata).flatMap(([key, xs]) => {
    const lists = LISTS.find(({ x }) => key === x || key.endsWith(`_${x}`));
    if (lists === undefined) return [];
    const prefix = key.slice(0, key.length - lists.x.length);
    const other = `${prefix}${lists.y}`;
    const ys = Object.hasOwn(metadata, other) ? metadata[other] : undefined;
    if (!isShares(xs) || !isShares(ys) || xs.length !== ys.length) return [];
    return curveOf(
      `${prefix}${lists.kind === "roc" ? "roc" : "precision_recall"}`,
      lists.kind,
      xs.map((x, index) => ({ x, y: ys[index] ?? 0 })),
    );
  });
}

function curveOf(key: string, kind: UnitCurve["kind"], given: UnitCurve["points"]): UnitCurve {
  // Points of one x stay in the order in which the curve goes through them.
  const isBackwards = (given[0]?.x ?? 0) > (given.at(-1)?.x ?? 0);
  const points = (isBackwards ? given.toReversed() : given).toSorted((a, b) => a.x - b.x);
  let area = 0;
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    if (before !== undefined) area += ((point.x - before.x) * (point.y + before.y)) / 2;
  }
  return { key, kind, points, area };
}

function isTable(value: unknown): value is readonly (readonly unknown[])[] {
  return Array.isArray(value) && value.length >= 2 && value.every((row) => Array.isArray(row));
}

function isShares(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length >= 2 && value.every(isShare);
}

function isShare(value: unknown): value is number {
  return isNumber(value) && value >= 0 && value <= 1;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isName(value: unknown): boolean {
  return typeof value === "string" || isNumber(value) || typeof value === "boolean";
}
