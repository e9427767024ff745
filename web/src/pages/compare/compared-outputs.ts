import type { ComparisonView } from "../../../../src/api/index.ts";
import { kindOf, type PreviewKind } from "../../shared/preview/kind-of.ts";

/** An output that several of the subjects have. */
export interface ComparedOutput {
  /** Names it in the address. */
  readonly key: string;
  readonly node: string | null;
  readonly name: string;
  readonly differs: boolean;
}

/** Kinds that tell most at a glance come first. */
const ORDER: readonly PreviewKind[] = ["image", "text", "markdown", "json", "table", "html", "notebook", "pdf"];

/** Outputs of two subjects at least, those that differ before the others, pictures before texts. */
export function comparedOutputs({ sections }: Pick<ComparisonView, "sections">): readonly ComparedOutput[] {
  const all = sections
    .filter(({ title }) => title === "outputs")
    .flatMap(({ node, rows }) =>
      rows
        .filter(({ values }) => values.filter((value) => value !== null).length > 1)
        .map(({ name, differs }) => ({ key: `${node ?? ""}/${name}`, node, name, differs })),
    );
  return all.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function placeOf({ name, differs }: ComparedOutput): number {
  const place = ORDER.indexOf(kindOf(name));
  return (differs ? 0 : 100) + (place < 0 ? ORDER.length : place);
}
