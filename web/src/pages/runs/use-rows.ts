import type { ExecutionRowView, RunRowView } from "../../../../src/api/index.ts";
import { usePages } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import type { RunsSearch } from "./runs-search.ts";

/** A row of the list, whichever it is of. */
export type Row = ({ readonly of: "run" } & RunRowView) | ({ readonly of: "execution" } & ExecutionRowView);

const PAGE = 100;
/** Up to so many values of the newest rows are columns where nobody has chosen any. */
const BY_ITSELF = 6;

/** The rows that the address asks for, page by page, and the values that can be columns. */
export function useRows(search: RunsSearch) {
  const { ref } = useProject();
  const { of, columns, step, ...filter } = search;
  const params = { project: ref };
  const query = { ...mutable(filter), limit: PAGE, columns: columns === undefined ? ["*"] : [...columns] };
  const isExecutions = of === "executions";
  const runs = usePages("/api/v0/projects/:project/runs/", { params, query }, !isExecutions);
  const executions = usePages(
    "/api/v0/projects/:project/executions/",
    { params, query: { ...query, ...(step !== undefined && { step }) } },
    isExecutions,
  );
  const list = isExecutions ? executions : runs;
  const rows: readonly Row[] = isExecutions
    ? (executions.data?.pages ?? []).flatMap(({ items }) =>
        items.map((item) => ({ of: "execution", ...item }) as const),
      )
    : (runs.data?.pages ?? []).flatMap(({ items }) => items.map((item) => ({ of: "run", ...item }) as const));
  const first = list.data?.pages[0];
  const known = first?.columns ?? [];
  return {
    ...{ list, rows },
    columns: columns ?? chosenByItself(rows, known),
    known: columns === undefined ? known : undefined,
    unknownNames: first?.unknownNames ?? [],
  };
}

/** Values that differ among the newest rows tell most; metrics, which are numbers, before texts. */
function chosenByItself(rows: readonly Row[], known: readonly string[]): readonly string[] {
  const newest = rows.slice(0, 50);
  const weight = (name: string): number => {
    const values = newest.map(({ values: of }) => of[name]).filter((value) => value !== undefined);
    const kinds = new Set(values.map((value) => JSON.stringify(value)));
    return (kinds.size > 1 ? 2 : 0) + (typeof values[0] === "number" ? 1 : 0) + values.length / 1_000;
  };
  const best = [...known].sort((a, b) => weight(b) - weight(a)).slice(0, BY_ITSELF);
  return known.filter((name) => best.includes(name));
}

/** Queries of the contracts are written for those who make them, and take lists that may be changed. */
function mutable<T extends { readonly states?: readonly unknown[]; readonly tags?: readonly string[] }>(filter: T) {
  const { states, tags, ...others } = filter;
  return {
    ...others,
    ...(states !== undefined && { states: [...states] as Exclude<T["states"], undefined>[number][] }),
    ...(tags !== undefined && { tags: [...tags] }),
  };
}
