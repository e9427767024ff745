import type { EnvironmentView } from "../../api/index.ts";
import { inCommands } from "../advice.ts";
import type { Style } from "../terminal/style.ts";
import { type Column, renderTable } from "../terminal/table.ts";

const COLUMNS: readonly Column[] = [
  { header: "SLUG" },
  { header: "NAME", minWidth: 12 },
  { header: "EXECUTOR" },
  { header: "STATE" },
  { header: "DETAILS", minWidth: 16 },
];

/** `headrace environments`: one row each, and below the table what mends those that cannot run. */
export function renderEnvironments(
  environments: readonly EnvironmentView[],
  context: { width: number; style: Style },
): string[] {
  const { style } = context;
  const rows = environments.map((environment) => [
    { text: environment.default ? `${environment.slug} (default)` : environment.slug, paint: style.bold },
    environment.name,
    environment.executor,
    environment.healthy ? { text: "ready", paint: style.green } : { text: "not ready", paint: style.yellow },
    { text: detailsOf(environment), paint: style.dim },
  ]);
  const mends = environments.flatMap(({ slug, reason, advice }) => {
    if (reason === null) return [];
    return [
      `${style.bold(slug)}: ${reason}`,
      ...(advice.length === 0 ? [] : [style.dim(`  hint: ${inCommands(advice)}`)]),
    ];
  });
  return [...renderTable(COLUMNS, rows, context), ...(mends.length === 0 ? [] : ["", ...mends])];
}

function detailsOf({ details, concurrency, image }: EnvironmentView): string {
  const shown = Object.entries(details).map(([name, value]) => `${name}: ${value}`);
  if (image !== null) shown.push(`image: ${image}`);
  if (concurrency !== null) shown.push(`at a time: ${concurrency}`);
  return shown.join(", ");
}
