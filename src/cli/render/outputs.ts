import type { DatumView } from "../../app/index.ts";
import { formatSize, plural } from "../terminal/format.ts";
import type { Style } from "../terminal/style.ts";
import { type Column, renderTable } from "../terminal/table.ts";
import { oneLine } from "../terminal/width.ts";

interface OutputsContext {
  readonly width: number;
  readonly style: Style;
  /** How many files are shown; absent: all. */
  readonly limit?: number;
}

/** More than anybody reads on a terminal. */
export const OUTPUTS_SHOWN = 300;

/** `headrace outputs`: the files with the node that made each. */
export function renderOutputs(outputs: readonly DatumView[], { width, style, limit }: OutputsContext): string[] {
  if (outputs.length === 0) return ["No outputs."];
  const columns: readonly Column[] = [
    { header: "NODE", minWidth: 8 },
    { header: "FILE", minWidth: 16, cut: "middle" },
    { header: "SIZE", align: "right" },
    { header: "SHA-256" },
    { header: "URI", minWidth: 14, cut: "middle" },
  ];
  const shown = limit === undefined ? outputs : outputs.slice(0, limit);
  const rows = shown.map((output) => [
    output.node ?? "–",
    { text: output.name, paint: style.bold },
    formatSize(output.sizeBytes),
    { text: output.sha256.slice(0, 12), paint: style.dim },
    { text: output.uri, paint: style.dim },
  ]);
  const total = outputs.reduce((sum, output) => sum + output.sizeBytes, 0);
  const hidden = outputs.length - shown.length;
  return [
    ...renderTable(columns, rows, { width, style }),
    ...(hidden === 0 ? [] : [style.dim(`… and ${plural(hidden, "more file")}; --all shows them`)]),
    style.dim(`${plural(outputs.length, "file")}, ${formatSize(total)}`),
  ];
}

/** What `--download` wrote. */
export function renderDownload(paths: readonly string[], folder: string, { style }: OutputsContext): string[] {
  if (paths.length === 0) return ["No outputs."];
  return [...paths.map(oneLine), `${style.green("✓")} ${plural(paths.length, "file")} written below ${oneLine(folder)}`];
}
