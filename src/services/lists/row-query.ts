import { everyName, type ListRow, namesOf, originOf, valueNamed } from "./list-row.ts";

export interface SortKey {
  readonly name: string;
  readonly ascending: boolean;
}

/** Reads `auc` (greatest first), `loss:asc` or `loss:desc`. */
export function parseSort(text: string): SortKey {
  const [, name = text, direction] = /^(.+?)(?::(asc|desc))?$/s.exec(text) ?? [];
  return { name, ascending: direction === "asc" };
}

/** The values that a list was asked for. */
export interface NamedValues {
  readonly columns: readonly string[];
  readonly sort: SortKey | undefined;
  /** Names in the condition. */
  readonly condition: ReadonlySet<string>;
  /** Names that have columns of their own. */
  readonly facts: readonly string[];
}

/** The columns of the rows of a page, and the names that no row knows. */
export function describeNames(
  asked: NamedValues,
  rows: readonly ListRow[],
  examined: readonly ListRow[],
): {
  readonly columns: readonly string[];
  readonly unknownNames: readonly string[];
  readonly knownNames: readonly string[];
} {
  const names = new Set([...asked.columns, ...(asked.sort === undefined ? [] : [asked.sort.name]), ...asked.condition]);
  const unknown = [...names].filter(
    (name) =>
      !name.includes("*") &&
      !asked.facts.includes(name) &&
      examined.every((row) => valueNamed(row, name) === undefined),
  );
  return {
    columns: expandColumns(
      [...names].filter((name) => !asked.facts.includes(name)),
      rows,
    ),
    unknownNames: unknown,
    knownNames: unknown.length === 0 ? [] : [...new Set([...asked.facts, ...examined.flatMap((row) => namesOf(row))])],
  };
}

/**
 * Returns what takes the values of a row that the columns name, in their order. Pipelines in which every node has names
 * of its own make thousands of columns, few of which a row knows.
 */
export function valuesUnder(columns: readonly string[]): (row: ListRow) => Readonly<Record<string, unknown>> {
  const places = new Map(columns.map((name, place) => [name, place]));
  return (row) => {
    const known = new Map<string, number>();
    for (const name of everyName(row)) {
      const place = places.get(name);
      if (place !== undefined) known.set(name, place);
    }
    const values = [...known].sort(([, a], [, b]) => a - b).map(([name]) => [name, valueNamed(row, name)] as const);
    return Object.fromEntries(values.filter(([, value]) => value !== undefined));
  };
}

/**
 * Names that a pattern such as `train.*` stands for, in the order of their first appearance; a name without a star
 * stands for itself. `metadata.*` is metadata alone, `parameter.*` parameters alone, of whichever node.
 */
export function expandColumns(patterns: readonly string[], rows: readonly ListRow[]): readonly string[] {
  const known = new Set(rows.flatMap((row) => namesOf(row)));
  const chosen = patterns.flatMap((pattern) => {
    if (!pattern.includes("*")) return [pattern];
    const { origin } = originOf(pattern);
    const names = origin === undefined ? known : new Set(rows.flatMap((row) => namesOf(row, origin)));
    return [...names].filter((name) => fits(name, pattern) || (origin !== undefined && fitsOfNode(name, pattern)));
  });
  return [...new Set(chosen)];
}

/** `train.metadata.auc` is among `metadata.*`: where several nodes have a name, each says whose its value is. */
function fitsOfNode(name: string, pattern: string): boolean {
  return fits(name, `*.${pattern}`);
}

function fits(name: string, pattern: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(name);
}
