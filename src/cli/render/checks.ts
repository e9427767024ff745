import type { CheckResultView, ChecksView, StepChecksView } from "../../api/index.ts";
import { cellText, checksVerdictText, foundByCheck, grouped } from "../../views/index.ts";
import type { Paint, Style } from "../terminal/style.ts";
import { type Cell, type Column, renderTable } from "../terminal/table.ts";

/** `headrace checks run`: a row for each check, rows that break a rule, and the verdict. */
export function renderChecks(checks: ChecksView, context: { width: number; style: Style }): readonly string[] {
  const { style } = context;
  const lines = [
    `${style.dim("suite")}  ${checks.suite}`,
    `${style.dim("table")}  ${checks.files.join(", ")}  ${style.dim(`${grouped(checks.rows)} rows`)}`,
    "",
    ...renderTable(
      COLUMNS,
      checks.checks.map((check) => row(check, style)),
      context,
    ),
  ];
  for (const check of checks.checks) lines.push(...notes(check, context));
  for (const { name, reason } of checks.skipped) lines.push("", style.dim(`${name} was not checked: ${reason}`));
  return [...lines, "", verdict(checks, style)];
}

type Subject = StepChecksView["subjects"][number];

/** `headrace checks show`, and a part of `headrace info`: the same for each table of a step. */
export function renderStepChecks(checks: StepChecksView, context: { width: number; style: Style }): readonly string[] {
  const { style } = context;
  const lines = checks.subjects.flatMap((subject) => [
    `${style.bold(titleOf(subject))}  ${style.dim(sizeOf(subject))}`,
    ...renderTable(
      COLUMNS,
      subject.checks.map((check) => row(check, style)),
      context,
    ),
    ...subject.checks.flatMap((check) => notes(check, context)),
    "",
  ]);
  return [...lines, verdict(checks, style)];
}

function titleOf({ kind, name }: Subject): string {
  return kind === "metadata" ? "metadata" : `${kind} ${name}`;
}

function sizeOf({ kind, files, rows }: Subject): string {
  if (kind === "metadata") return "";
  const size = rows === null ? "" : `, ${grouped(rows)} rows`;
  return `${files.length === 1 ? files[0] : `${files.length} files`}${size}`;
}

const COLUMNS: readonly Column[] = [
  { header: "" },
  { header: "COLUMN", minWidth: 8, cut: "middle" },
  { header: "EXPECTED", minWidth: 20 },
  { header: "FOUND", minWidth: 12 },
];

function row(check: CheckResultView, style: Style): readonly Cell[] {
  const { mark, paint } = markOf(check, style);
  return [
    { text: mark, paint },
    { text: check.subject ?? "(table)", paint: style.bold },
    check.expected,
    foundByCheck(check),
  ];
}

function markOf(
  { outcome, severity }: CheckResultView,
  style: Style,
): { readonly mark: string; readonly paint: Paint } {
  if (outcome === "passed") return { mark: "✓", paint: style.green };
  return severity === "warn" ? { mark: "!", paint: style.yellow } : { mark: "✗", paint: style.red };
}

function title({ subject, expected }: CheckResultView): string {
  return subject === null ? expected : `${subject} ${expected}`;
}

/** Says why it cannot be told, shows rows that break it, and the columns that drifted. */
function notes(check: CheckResultView, context: { width: number; style: Style }): readonly string[] {
  const drifted = (check.drift ?? []).filter((column) => column.verdict === "drifted");
  return [
    ...(check.error === null ? [] : ["", `${title(check)}: ${check.error}`]),
    ...(check.examples.length === 0 ? [] : ["", ...examples(check, context)]),
    ...(drifted.length === 0 ? [] : ["", `${title(check)}: ${drifted.map(driftText).join(", ")}`]),
  ];
}

function driftText({ column, measure, score }: NonNullable<CheckResultView["drift"]>[number]): string {
  return score === null ? column : `${column} (${measure} ${cellText(score)})`;
}

function examples(check: CheckResultView, context: { width: number; style: Style }): readonly string[] {
  const columns = Object.keys(check.examples[0]?.values ?? {});
  const table = renderTable(
    [{ header: "ROW", align: "right" }, ...columns.map((header): Column => ({ header, minWidth: 8 }))],
    check.examples.map(({ row: number, values }) => [
      String(number),
      ...columns.map((column) => cellText(values[column] ?? null)),
    ]),
    context,
  );
  return [`${title(check)}:`, ...table];
}

function verdict(checks: Pick<ChecksView, "verdict" | "passed" | "warned" | "failed">, style: Style): string {
  const marks = { passed: style.green("✓"), warned: style.yellow("!"), failed: style.red("✗") };
  return `${marks[checks.verdict]} ${checksVerdictText(checks)}`;
}
