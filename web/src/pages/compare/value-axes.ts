import type { ComparisonView } from "../../../../src/api/index.ts";

/** A parameter or a metric of the compared subjects, as an axis that they lie on. */
export interface ValueAxis {
  readonly name: string;
  readonly kind: "parameter" | "metric";
  /** From 0 to 1 along the axis, for each subject; null where it has no value. */
  readonly places: readonly (number | null)[];
  readonly values: readonly unknown[];
  /** The labels at both ends, or at each place of texts. */
  readonly ticks: readonly { readonly at: number; readonly value: unknown }[];
}

/** More texts than this cannot be told apart on an axis. */
const MOST_WORDS = 12;

/**
 * Values that differ and can be drawn: numbers, and texts of which there are few; parameters first. A parameter of a
 * pipeline that its nodes take over is one axis.
 */
export function valueAxes(comparison: ComparisonView): readonly ValueAxis[] {
  const seen = new Set<string>();
  return allAxes(comparison).filter(({ kind, values }) => {
    const key = JSON.stringify([kind, values]);
    return !seen.has(key) && seen.add(key);
  });
}

function allAxes({ sections }: ComparisonView): readonly ValueAxis[] {
  const several = new Set(sections.map(({ node }) => node)).size > 1;
  return (["parameters", "metadata"] as const).flatMap((title) =>
    sections
      .filter((section) => section.title === title)
      .flatMap(({ node, rows }) =>
        rows.flatMap(({ name, values, differs }) => {
          const scale = differs ? scaleOf(values) : undefined;
          if (scale === undefined) return [];
          const full = node === null || !several ? name : `${node}.${name}`;
          return [{ name: full, kind: title === "metadata" ? "metric" : "parameter", values, ...scale } as const];
        }),
      ),
  );
}

function scaleOf(values: readonly unknown[]): Pick<ValueAxis, "places" | "ticks"> | undefined {
  const known = values.filter((value) => value !== null && value !== undefined);
  if (known.every((value) => typeof value === "number" && Number.isFinite(value))) return numbersOf(values);
  const words = [...new Set(known.map(String))].sort();
  if (words.length < 2 || words.length > MOST_WORDS) return undefined;
  const placeOf = (word: string): number => words.indexOf(word) / (words.length - 1);
  return {
    places: values.map((value) => (value === null || value === undefined ? null : placeOf(String(value)))),
    ticks: words.map((word) => ({ at: placeOf(word), value: word })),
  };
}

function numbersOf(values: readonly unknown[]): Pick<ValueAxis, "places" | "ticks"> | undefined {
  const numbers = values.filter((value) => typeof value === "number");
  const [least, greatest] = [Math.min(...numbers), Math.max(...numbers)];
  if (!(greatest > least)) return undefined;
  return {
    places: values.map((value) => (typeof value === "number" ? (value - least) / (greatest - least) : null)),
    ticks: [
      { at: 0, value: least },
      { at: 1, value: greatest },
    ],
  };
}
