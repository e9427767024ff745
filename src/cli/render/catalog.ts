import type {
  AliasMoveView,
  AliasView,
  DatasetVersionView,
  DatasetView,
  VersionDiffView,
  VersionFileView,
} from "../../api/index.ts";
import { actorText, formatAgo, formatSize, formatTime, grouped, plural } from "../../views/index.ts";
import type { Style } from "../terminal/style.ts";
import { type Column, renderTable } from "../terminal/table.ts";

interface Screen {
  readonly width: number;
  readonly style: Style;
}
type ScreenNow = Screen & { readonly now: number };

/** `headrace alias ls`: one row each. */
export function renderAliases(aliases: readonly AliasView[], { now, ...screen }: ScreenNow): string[] {
  if (aliases.length === 0) return ["No aliases yet. `headrace alias set NAME FILE` sets one."];
  const { style } = screen;
  const columns: readonly Column[] = [
    { header: "ALIAS" },
    { header: "STANDS FOR", minWidth: 16, cut: "middle" },
    { header: "URI" },
    { header: "MOVED" },
  ];
  const rows = aliases.map(({ name, targetName, targetUri, movedAt }) => [
    { text: name, paint: style.bold },
    targetName,
    { text: targetUri, paint: style.dim },
    formatAgo(movedAt, now),
  ]);
  return renderTable(columns, rows, screen);
}

/** `headrace alias history`: the newest first. */
export function renderMoves(moves: readonly AliasMoveView[], screen: Screen): string[] {
  const columns: readonly Column[] = [
    { header: "MOVE", align: "right" },
    { header: "WHEN" },
    { header: "STANDS FOR", minWidth: 16, cut: "middle" },
    { header: "BY", minWidth: 8 },
    { header: "WHY", minWidth: 8 },
  ];
  const rows = moves.map(({ move, movedAt, target, targetName, movedBy, execution, comment }) => [
    String(move),
    formatTime(movedAt),
    target === null ? "(taken away)" : (targetName ?? "(gone)"),
    execution === null ? actorText(movedBy) : `execution ${execution}`,
    comment,
  ]);
  return renderTable(columns, rows, screen);
}

/** `headrace dataset ls`: one row each. */
export function renderDatasets(datasets: readonly DatasetView[], { now, ...screen }: ScreenNow): string[] {
  if (datasets.length === 0) return ["No datasets yet. `headrace dataset create NAME FILES` makes one."];
  const columns: readonly Column[] = [
    { header: "DATASET", minWidth: 8 },
    { header: "VERSIONS", align: "right" },
    { header: "LATEST", minWidth: 8 },
    { header: "FILES", align: "right" },
    { header: "SIZE", align: "right" },
    { header: "MADE" },
  ];
  const rows = datasets.map(({ name, versions, latest }) => [
    { text: name, paint: screen.style.bold },
    grouped(versions),
    latest?.version ?? "–",
    latest === null ? "" : grouped(latest.files),
    latest === null ? "" : formatSize(latest.sizeBytes),
    latest === null ? "" : formatAgo(latest.createdAt, now),
  ]);
  return renderTable(columns, rows, screen);
}

/** `headrace dataset info` and `create`: the newest first. */
export function renderVersions(versions: readonly DatasetVersionView[], { now, ...screen }: ScreenNow): string[] {
  if (versions.length === 0) return ["No versions: all were deleted."];
  const columns: readonly Column[] = [
    { header: "VERSION", minWidth: 8, cut: "middle" },
    { header: "FILES", align: "right" },
    { header: "SIZE", align: "right" },
    { header: "FROM", minWidth: 6 },
    { header: "ALIASES", minWidth: 8 },
    { header: "MADE" },
    { header: "BY", minWidth: 8 },
    { header: "NOTE", minWidth: 8 },
  ];
  const rows = versions.map((version) => [
    { text: version.uri, paint: screen.style.bold },
    grouped(version.files),
    formatSize(version.sizeBytes),
    version.from ?? "",
    version.aliases.join(", "),
    formatAgo(version.createdAt, now),
    version.execution === null ? actorText(version.createdBy) : `execution ${version.execution}`,
    version.note,
  ]);
  return renderTable(columns, rows, screen);
}

/** `headrace dataset files`: the files of a version by name. */
export function renderVersionFiles(
  files: readonly VersionFileView[],
  { total, ...screen }: Screen & { readonly total: number },
): string[] {
  const columns: readonly Column[] = [
    { header: "FILE", minWidth: 16, cut: "middle" },
    { header: "SIZE", align: "right" },
    { header: "URI" },
  ];
  const rows = files.map(({ name, sizeBytes, uri }) => [
    { text: name, paint: screen.style.bold },
    formatSize(sizeBytes),
    uri,
  ]);
  const hidden = total - files.length;
  return [
    ...renderTable(columns, rows, screen),
    ...(hidden <= 0 ? [] : [screen.style.dim(`… and ${plural(hidden, "more file")}; --limit shows more`)]),
  ];
}

const MARKS = { added: "+", removed: "-", changed: "~" } as const;

/** `headrace dataset diff`: the changes by name, and how many there are. */
export function renderVersionDiff(diff: VersionDiffView, screen: Screen): string[] {
  const { style } = screen;
  const paints = { added: style.green, removed: style.red, changed: style.yellow };
  const columns: readonly Column[] = [
    { header: "" },
    { header: "FILE", minWidth: 16, cut: "middle" },
    { header: "BEFORE", align: "right" },
    { header: "AFTER", align: "right" },
  ];
  const rows = diff.items.map(({ name, change, before, after }) => [
    { text: MARKS[change], paint: paints[change] },
    name,
    before === null ? "" : formatSize(before.sizeBytes),
    after === null ? "" : formatSize(after.sizeBytes),
  ]);
  const { added, removed, changed } = diff;
  const total = added + removed + changed;
  if (total === 0) return [`${diff.before} and ${diff.after} have the same files.`];
  const hidden = total - diff.items.length;
  return [
    ...renderTable(columns, rows, screen),
    ...(hidden <= 0 ? [] : [style.dim(`… and ${plural(hidden, "more change")}; --limit shows more`)]),
    `${diff.before} → ${diff.after}: ${grouped(added)} added, ${grouped(removed)} removed, ${grouped(changed)} changed`,
  ];
}
