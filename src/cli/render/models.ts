import type {
  ModelAliasView,
  ModelDifferenceView,
  ModelEvidenceView,
  ModelVersionDetailView,
  ModelVersionView,
  ModelView,
} from "../../api/index.ts";
import { actorText, formatAgo, formatSize, formatTime, formatValue, plural } from "../../views/index.ts";
import type { Paint, Style } from "../terminal/style.ts";
import { type Column, renderFacts, renderTable } from "../terminal/table.ts";
import { oneLine } from "../terminal/width.ts";

interface Screen {
  readonly width: number;
  readonly style: Style;
  readonly now: number;
}

/** Metrics of a version in a list of versions. */
const METRICS_SHOWN = 4;

/** `headrace model ls`: one row each. */
export function renderModels(models: readonly ModelView[], { now, ...screen }: Screen): string[] {
  if (models.length === 0) return ["No models yet. An output with `model: NAME` makes a version of one."];
  const { style } = screen;
  const columns: readonly Column[] = [
    { header: "MODEL" },
    { header: "VERSIONS", align: "right" },
    { header: "LATEST", align: "right" },
    { header: "STATE" },
    { header: "CHAMPION", align: "right" },
    { header: "MADE" },
    { header: "DESCRIPTION", minWidth: 8 },
  ];
  const rows = models.map(({ name, description, versions, latest, champion }) => [
    { text: name, paint: style.bold },
    String(versions),
    latest === null ? "–" : String(latest.version),
    stateCell(latest?.state ?? "–", style),
    champion === null ? "–" : String(champion),
    latest === null ? "–" : formatAgo(latest.createdAt, now),
    oneLine(description),
  ]);
  return renderTable(columns, rows, screen);
}

/** `headrace model info NAME`: the newest first. */
export function renderModelVersions(versions: readonly ModelVersionView[], { now, ...screen }: Screen): string[] {
  const { style } = screen;
  const columns: readonly Column[] = [
    { header: "VERSION", align: "right" },
    { header: "STATE" },
    { header: "ALIASES" },
    { header: "METRICS", minWidth: 16 },
    { header: "RUN", align: "right" },
    { header: "MADE" },
    { header: "TAGS" },
  ];
  const rows = versions.map(({ version, state, aliases, metrics, run, createdAt, tags }) => [
    String(version),
    stateCell(state, style),
    { text: aliases.join(", "), paint: style.bold },
    Object.entries(metrics)
      .filter(([, value]) => typeof value === "number")
      .slice(0, METRICS_SHOWN)
      .map(([name, value]) => `${oneLine(name)} ${formatValue(value)}`)
      .join("  "),
    String(run),
    formatAgo(createdAt, now),
    tags.map(oneLine).join(", "),
  ]);
  return renderTable(columns, rows, screen);
}

/** `headrace model info NAME/VERSION`. */
export function renderModelVersion(version: ModelVersionDetailView, { now: _, ...screen }: Screen): string[] {
  const { style } = screen;
  const evidence = version.history.find((decision) => decision.evidence !== null)?.evidence ?? null;
  const facts: readonly (readonly [string, string])[] = [
    ["state", version.state],
    ["aliases", version.aliases.join(", ")],
    ["tags", version.tags.map(oneLine).join(", ")],
    ["note", oneLine(version.note)],
    ["input", version.uri],
    ["made", `${formatTime(version.createdAt)} by ${actorText(version.createdBy)}`],
    ["by", `execution ${version.execution} (${oneLine(version.node)}) of run ${version.run}`],
    ["code", version.commit],
    ...Object.entries(version.metrics).map(([name, value]) => [oneLine(name), formatValue(value)] as const),
  ];
  return [
    style.bold(`${version.model} ${version.version}`),
    ...renderFacts(
      facts.filter(([, text]) => text !== ""),
      style,
    ),
    ...(evidence === null ? [] : ["", ...evidenceLines(evidence, screen)]),
    "",
    ...renderTable(
      [
        { header: "DATA" },
        { header: "FILES", align: "right" },
        { header: "SIZE", align: "right" },
        { header: "FROM", minWidth: 16, cut: "middle" },
      ],
      version.inputs.map(({ name, files, sizeBytes, uris, sources }) => [
        ...[name, String(files), formatSize(sizeBytes)],
        oneLine([...uris, ...sources.map(({ uri }) => uri)][0] ?? ""),
      ]),
      screen,
    ),
    "",
    ...renderTable(
      [{ header: "FILE", minWidth: 16 }, { header: "SIZE", align: "right" }, { header: "SHA-256" }],
      version.contents.map(({ name, sizeBytes, sha256 }) => [
        oneLine(name),
        formatSize(sizeBytes),
        sha256.slice(0, 12),
      ]),
      screen,
    ),
    "",
    ...version.history.map(
      ({ state, at, actor, reason }) =>
        `${formatTime(at)}  ${state} by ${actorText(actor)}${reason === "" ? "" : `: ${oneLine(reason)}`}`,
    ),
  ];
}

function evidenceLines(
  { verdict, champion, rules, evaluation }: ModelEvidenceView,
  screen: Omit<Screen, "now">,
): readonly string[] {
  const rows = rules.map(({ expression, outcome, figures, message }) => [
    { text: oneLine(expression), paint: screen.style.bold },
    outcome,
    oneLine(
      [...figures.map(({ name, value }) => `${name} = ${JSON.stringify(value)}`), message].filter(Boolean).join("; "),
    ),
  ]);
  const against = champion === undefined ? "there was no champion" : `against version ${champion}`;
  return [
    `evidence: ${verdict}, ${against}`,
    ...(evaluation?.isSame === false ? [screen.style.yellow(oneLine(evaluation.message))] : []),
    ...renderTable([{ header: "REQUIRED" }, { header: "OUTCOME" }, { header: "FIGURES", minWidth: 16 }], rows, screen),
  ];
}

/** `headrace model alias`: what each stands for, with its moves. */
export function renderModelAliases(aliases: readonly ModelAliasView[], screen: Screen): string[] {
  if (aliases.length === 0) return ["No aliases yet. `headrace model alias NAME/ALIAS VERSION` sets one."];
  return aliases.flatMap(({ uri, version, history }) => [
    `${screen.style.bold(uri)} stands for version ${version}`,
    ...history.map(
      ({ move, version: to, at, actor, comment }) =>
        `  ${move}  ${formatTime(at)}  ${to === null ? "taken away" : `version ${to}`} by ${actorText(actor)}${comment === "" ? "" : `: ${oneLine(comment)}`}`,
    ),
  ]);
}

/** `headrace model diff`. */
export function renderModelDifference(view: ModelDifferenceView, { now: _, ...screen }: Screen): string[] {
  const rows = [
    ...view.metrics.map((item) => ["metric", ...sides(item)]),
    ...view.parameters.map((item) => ["parameter", ...sides(item)]),
    ...view.inputs.map((item) => ["data", ...hashes(item)]),
    ...view.files.map((item) => ["file", ...hashes(item)]),
    ...(view.commit.before === view.commit.after ? [] : [["code", "", view.commit.before, view.commit.after]]),
  ];
  const head = `${view.before} → ${view.after}`;
  if (rows.length === 0) return [`${head}: nothing differs`];
  const columns: readonly Column[] = [
    ...[{ header: "WHAT" }, { header: "NAME", minWidth: 8 }],
    { header: view.before, minWidth: 12 },
    { header: view.after, minWidth: 12 },
  ];
  return [...renderTable(columns, rows, screen), screen.style.dim(plural(rows.length, "difference"))];
}

function sides({ name, before, after }: ModelDifferenceView["metrics"][number]): readonly string[] {
  return [oneLine(name), ...[before, after].map((value) => (value === null ? "–" : formatValue(value)))];
}

function hashes({ name, before, after }: ModelDifferenceView["files"][number]): readonly string[] {
  return [oneLine(name), ...[before, after].map((sha256) => sha256?.slice(0, 12) ?? "–")];
}

function stateCell(state: string, style: Style): { readonly text: string; readonly paint: Paint } {
  const paint = state === "approved" ? style.green : state === "rejected" ? style.red : style.yellow;
  return { text: state, paint };
}
