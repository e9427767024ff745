import type { ComparisonView } from "../../../../src/api/index.ts";
import { kindOf, type PreviewKind } from "../../shared/preview/kind-of.ts";

/** A file that several of the subjects made, or received. */
export interface ComparedFile {
  /** Names it in the address. */
  readonly key: string;
  readonly kind: "input" | "output";
  readonly node: string | null;
  /** The path below the outputs; of an input, below the folder of all inputs. */
  readonly name: string;
  readonly differs: boolean;
}

/** Kinds that tell most at a glance come first. */
const ORDER: readonly PreviewKind[] = ["image", "text", "markdown", "json", "table", "html", "notebook", "pdf"];

/**
 * Files of two subjects at least: outputs, then inputs that differ, since equal ones say nothing; those that differ
 * before the others, pictures before texts.
 */
export function comparedOutputs({ sections }: Pick<ComparisonView, "sections">): readonly ComparedFile[] {
  const all = sections.flatMap(({ title, node, rows }) =>
    title !== "outputs" && title !== "inputs"
      ? []
      : rows
          .filter(({ differs }) => differs || title === "outputs")
          .filter(({ values }) => values.filter((value) => value !== null).length > 1)
          .map(({ name, differs }): ComparedFile => {
            const [kind, folder] = title === "inputs" ? (["input", "inputs/"] as const) : (["output", ""] as const);
            return { key: `${folder}${node ?? ""}/${name}`, kind, node, name, differs };
          }),
  );
  return all.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function placeOf({ name, differs, kind }: ComparedFile): number {
  const place = ORDER.indexOf(kindOf(name));
  return (differs ? 0 : 100) + (kind === "input" ? 50 : 0) + (place < 0 ? ORDER.length : place);
}
