import type { CheckResultView, ChecksView } from "../../api/index.ts";
import { grouped } from "../../views/index.ts";
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
  for (const check of checks.checks) {
    if (check.error !== null) lines.push("", `${title(check)}: ${check.error}`);
    if (check.examples.length > 0) lines.push("", ...examples(check, context));
  }
  for (const { name, reason } of checks.skipped) lines.push("", style.dim(`${name} was not checked: ${reason}`));
  return [...lines, "", verdict(checks, style)];
}

const COLUMNS: readonly Column[] = [
  { header: "" },
  { header: "COLUMN", minWidth: 8, cut: "middle" },
  { header: "EXPECTED", minWidth: 20 },
  { header: "FOUND", minWidth: 12 },
];

function row(check: CheckResultView, style: Style): readonly Cell[] {
  const { mark, paint } = markOf(check, style);
  return [{ text: mark, paint }, { text: check.subject ?? "(table)", paint: style.bold }, check.expected, found(check)];
}

function markOf(
  { outcome, severity }: CheckResultView,
  style: Style,
): { readonly mark: string; readonly paint: Paint } {
  if (outcome === "passed") return { mark: "✓", paint: style.green };
  return severity === "warn" ? { mark: "!", paint: style.yellow } : { mark: "✗", paint: style.red };
}

/** Returns the finding in a few words: the figure, or the number of rows that break the rule. */
export function found({ outcome, error, observed, rows, bad }: CheckResultView): string {
  if (outcome === "error") return error === null ? "not known" : "cannot be told";
  if (rows !== null && bad !== null)
    return bad === 0 ? `${grouped(rows)} rows` : `${grouped(bad)} of ${grouped(rows)} rows are not`;
  return observed === null ? "nothing" : shown(observed);
}

/** A value as a person reads it. */
export function shown(value: unknown): string {
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toPrecision(6)));
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(shown).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

function title({ subject, expected }: CheckResultView): string {
  return subject === null ? expected : `${subject} ${expected}`;
}

function examples(check: CheckResultView, context: { width: number; style: Style }): readonly string[] {
  const columns = Object.keys(check.examples[0]?.values ?? {});
  const table = renderTable(
    [{ header: "ROW", align: "right" }, ...columns.map((header): Column => ({ header, minWidth: 8 }))],
    check.examples.map(({ row: number, values }) => [
      String(number),
      ...columns.map((column) => (values[column] === null ? "null" : shown(values[column]))),
    ]),
    context,
  );
  return [`${title(check)}:`, ...table];
}

function verdict(checks: ChecksView, style: Style): string {
  const all = checks.checks.length;
  const broken = `${checks.failed} of ${all} checks failed`;
  const warned = checks.warned === 0 ? "" : `${checks.failed > 0 ? ", " : ""}${checks.warned} warned`;
  if (checks.verdict === "failed") return `${style.red("✗")} failed: ${broken}${warned}`;
  if (checks.verdict === "warned") return `${style.yellow("!")} passed with warnings: ${warned} of ${all} checks`;
  return `${style.green("✓")} passed: ${all} checks`;
}
