import type { ComparisonView } from "../../../../src/api/index.ts";

/** The rows of the code that are files: their values are hashes, or where a link leads. */
export function changedCode({ sections }: Pick<ComparisonView, "sections">): readonly string[] {
  return sections
    .filter(({ title, node }) => title === "code" && node === null)
    .flatMap(({ rows }) => rows)
    .filter(({ differs, values }) => differs && values.every(isContent))
    .map(({ name }) => name);
}

function isContent(value: unknown): boolean {
  return value === null || (typeof value === "string" && /^(?:[0-9a-f]{64}$|→ )/.test(value));
}
