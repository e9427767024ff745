import type { ComparisonView, ProjectApi } from "../api/index.ts";

const NODES_AT_ONCE = 1_000;

/** A comparison with all nodes of its runs, page after page. */
export async function wholeComparison(api: ProjectApi, refs: readonly string[]): Promise<ComparisonView> {
  const { next, ...first } = await api.records.compare(refs, { limit: NODES_AT_ONCE });
  const whole = { ...first, missing: [...first.missing], sections: [...first.sections] };
  for (let after = next; after !== null; ) {
    const page = await api.records.compare(refs, { limit: NODES_AT_ONCE, after });
    whole.missing.push(...page.missing);
    whole.sections.push(...page.sections);
    after = page.next;
  }
  return whole;
}
