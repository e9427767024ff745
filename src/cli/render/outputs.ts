import type { DatumView, FileDetailView } from "../../api/index.ts";
import { formatAgo, formatSize, formatTime, formatValue, plural } from "../../views/index.ts";
import type { Style } from "../terminal/style.ts";
import { type Column, renderFacts, renderTable } from "../terminal/table.ts";
import { oneLine, truncate } from "../terminal/width.ts";

interface OutputsContext {
  readonly width: number;
  readonly style: Style;
  /** Most files that are shown; absent: all. */
  readonly limit?: number;
}

/** More than anybody reads on a terminal. */
export const OUTPUTS_SHOWN = 300;
/**
 * A `datum://` address has 44 characters: cut short it is of no use, and the short name of a file (`48/scores.json`)
 * says the same.
 */
const WIDTH_FOR_ADDRESSES = 120;

/** `headrace outputs`: the files by their short names, with the node that made each. */
export function renderOutputs(outputs: readonly DatumView[], { width, style, limit }: OutputsContext): string[] {
  if (outputs.length === 0) return ["No outputs."];
  const columns: readonly Column[] = [
    { header: "NODE", minWidth: 8 },
    { header: "FILE", minWidth: 16, cut: "middle" },
    { header: "SIZE", align: "right" },
    { header: "SHA-256" },
    ...(width < WIDTH_FOR_ADDRESSES ? [] : [{ header: "URI" }]),
  ];
  const shown = limit === undefined ? outputs : outputs.slice(0, limit);
  const rows = shown.map((output) => [
    output.node ?? "–",
    { text: shortName(output), paint: style.bold },
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

/** `headrace data upload`: the stored files with the addresses that inputs name them by. */
export function renderUploaded(files: readonly DatumView[], { width, style }: OutputsContext): string[] {
  if (files.length === 0) return ["No files there."];
  const columns: readonly Column[] = [
    { header: "FILE", minWidth: 16, cut: "middle" },
    { header: "SIZE", align: "right" },
    { header: "URI" },
  ];
  const shown = files.slice(0, OUTPUTS_SHOWN);
  const rows = shown.map(({ name, sizeBytes, uri }) => [{ text: name, paint: style.bold }, formatSize(sizeBytes), uri]);
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const hidden = files.length - shown.length;
  return [
    ...renderTable(columns, rows, { width, style }),
    ...(hidden === 0 ? [] : [style.dim(`… and ${plural(hidden, "more file")}; --json lists them`)]),
    `${style.green("✓")} ${plural(files.length, "file")} stored, ${formatSize(total)}`,
  ];
}

/** `headrace data info`: the facts of a file, and what keeps it. */
export function renderFileDetail(file: FileDetailView, style: Style): string[] {
  const properties = Object.entries(file.properties).map(([name, value]) => `${oneLine(name)}: ${formatValue(value)}`);
  const facts: (readonly [string, string | readonly string[]])[] = [
    ["uri", file.uri],
    ["size", formatSize(file.sizeBytes)],
    ["sha-256", file.sha256],
    ["stored", formatTime(file.createdAt)],
    ["made by", file.execution === null ? "nobody here: it came from outside" : `execution ${file.execution}`],
    ...(file.purgedAt === undefined ? [] : [["purged", formatTime(file.purgedAt)] as const]),
    ...(properties.length === 0 ? [] : [["properties", properties] as const]),
    ["kept by", file.holders.length === 0 ? "no alias and no version" : file.holders.map(({ uri }) => uri)],
  ];
  return [style.bold(oneLine(file.name)), ...renderFacts(facts, style, "  "), ""];
}

/** `headrace ls --files`: files of any run, with when they were stored. */
export function renderFileList(
  files: readonly DatumView[],
  { width, style, now }: OutputsContext & { readonly now: number },
): string[] {
  if (files.length === 0) return ["No file fits."];
  const columns: readonly Column[] = [
    { header: "FILE", minWidth: 16, cut: "middle" },
    { header: "NODE", minWidth: 8 },
    { header: "SIZE", align: "right" },
    { header: "CREATED" },
    { header: "SHA-256" },
  ];
  const rows = files.map((file) => [
    { text: shortName(file), paint: style.bold },
    file.node ?? "–",
    formatSize(file.sizeBytes),
    { text: formatAgo(file.createdAt, now), paint: style.dim },
    { text: file.sha256.slice(0, 12), paint: style.dim },
  ]);
  return renderTable(columns, rows, { width, style });
}

/** Lists what `--download` wrote. */
export function renderDownload(paths: readonly string[], folder: string, { style }: OutputsContext): string[] {
  if (paths.length === 0) return ["No outputs."];
  return [
    ...paths.map(oneLine),
    `${style.green("✓")} ${plural(paths.length, "file")} written below ${oneLine(folder)}`,
  ];
}

/** The name by which every command takes a file: `48/plots/roc.png`; a file that no execution made has its address. */
export function shortName({ execution, name, uri }: DatumView): string {
  return execution === null ? uri : `${execution}/${name}`;
}

/** `headrace info FILE`: everything that is recorded of stored files. */
export function renderFiles(
  files: readonly DatumView[],
  { width, style, now }: OutputsContext & { readonly now: number },
): string[] {
  return files.flatMap((file, index) => [...(index === 0 ? [] : [""]), ...renderFile(file, { width, style, now })]);
}

function renderFile(file: DatumView, { width, style, now }: OutputsContext & { readonly now: number }): string[] {
  const facts: (readonly [string, string])[] = [
    ["size", `${formatSize(file.sizeBytes)} (${file.sizeBytes} bytes)`],
    ["SHA-256", file.sha256],
    [
      "made by",
      file.execution === null ? "nothing here: it came from outside" : `#${file.execution} ${oneLine(file.node ?? "")}`,
    ],
    ["stored", `${formatTime(file.createdAt)} (${formatAgo(file.createdAt, now)})`],
    ["address", file.uri],
    ...Object.entries(file.properties).map(([name, value]) => [oneLine(name), oneLine(formatValue(value))] as const),
  ];
  const next =
    file.execution === null
      ? []
      : ["", style.dim(truncate(`  headrace cat ${shortName(file)} · headrace info ${file.execution}`, width))];
  return [
    `${style.bold("File")}  ${style.bold(oneLine(shortName(file)))}`,
    "",
    ...renderFacts(facts, style, "  "),
    ...next,
  ];
}
