import type { VariableGroupView } from "../../api/index.ts";
import type { Style } from "../terminal/style.ts";
import { type Column, renderTable } from "../terminal/table.ts";

const COLUMNS: readonly Column[] = [
  { header: "NAME" },
  { header: "VALUE", minWidth: 12 },
  { header: "GROUP", minWidth: 8 },
  { header: "SET" },
];

/** `headrace variable ls`: one row each. */
export function renderVariables(
  groups: readonly VariableGroupView[],
  context: { readonly width: number; readonly style: Style },
): string[] {
  const { style } = context;
  const rows = groups.flatMap(({ name: group, shared, variables }) => {
    const inGroup = group === null ? "" : `${group}${shared ? " (shared)" : ""}`;
    if (variables.length === 0 && group !== null) return [[{ text: "(none yet)", paint: style.dim }, "", inGroup, ""]];
    return variables.map(({ name, secret, value, setAt }) => [
      { text: name, paint: style.bold },
      secret ? { text: "secret", paint: style.dim } : (value ?? ""),
      inGroup,
      { text: setAt.slice(0, 16).replace("T", " "), paint: style.dim },
    ]);
  });
  if (rows.length === 0)
    return ["No variables yet. `headrace variable set NAME=VALUE` and `headrace secret set NAME` set some."];
  return renderTable(COLUMNS, rows, context);
}
