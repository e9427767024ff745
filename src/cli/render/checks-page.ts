import type { CheckResultView, ChecksView, StepChecksView } from "../../api/index.ts";
import { cellText, foundByCheck, grouped } from "../../views/index.ts";
import { escaped, PAGE_HEAD, PAGE_STYLE } from "./page.ts";

/** A page of checks that needs no other file and runs no script. */
export function checksPage(checks: ChecksView): string {
  const facts = [
    ["suite", escaped(checks.suite)],
    ["table", checks.files.map(escaped).join("<br>")],
    ["rows", grouped(checks.rows)],
  ] as const;
  return page({ title: "Checks", ...checks, all: checks.checks.length }, [
    factList(facts),
    table(checks.checks),
    skipped(checks),
  ]);
}

/** The same of the checks of an execution. */
export function stepChecksPage(execution: number, checks: StepChecksView): string {
  const all = checks.subjects.reduce((sum, subject) => sum + subject.checks.length, 0);
  const parts = checks.subjects.flatMap((subject) => [
    `<h2>${subject.kind} ${escaped(subject.name)}</h2>`,
    factList([
      ...(subject.files.length === 0 ? [] : [["files", subject.files.map(escaped).join("<br>")] as const]),
      ...(subject.rows === null ? [] : [["rows", grouped(subject.rows)] as const]),
    ]),
    table(subject.checks),
  ]);
  return page({ title: `Checks of execution ${execution}`, ...checks, all }, parts);
}

type Summary = Pick<ChecksView, "verdict" | "passed"> & { readonly title: string; readonly all: number };

function page({ title, verdict, passed, all }: Summary, parts: readonly string[]): string {
  const words = { passed: "✓ passed", warned: "! passed with warnings", failed: "✗ failed" }[verdict];
  return `<!doctype html>
<html lang="en">
<head>
${PAGE_HEAD}
<title>${title}: ${words}</title>
<style>${PAGE_STYLE}${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="${verdict}">${words}: ${passed} of ${all} checks hold</p>
${parts.join("\n")}
</main>
</body>
</html>
`;
}

function factList(facts: readonly (readonly [name: string, html: string])[]): string {
  return `<dl>${facts.map(([name, html]) => `<dt>${name}</dt><dd>${html}</dd>`).join("\n")}</dl>`;
}

function table(checks: readonly CheckResultView[]): string {
  return `<table class="checks">
<thead><tr><th></th><th>column</th><th>expected</th><th>found</th></tr></thead>
<tbody>
${checks.map(row).join("\n")}
</tbody>
</table>`;
}

function row(check: CheckResultView): string {
  const name = check.outcome === "passed" ? "passed" : check.severity === "warn" ? "warned" : "failed";
  const mark = { passed: "✓", warned: "!", failed: "✗" }[name];
  const notes = [
    ...(check.description === null ? [] : [`<p class="dim">${escaped(check.description)}</p>`]),
    ...(check.error === null ? [] : [`<p>${escaped(check.error)}</p>`]),
    ...(check.examples.length === 0 ? [] : [examples(check)]),
    ...(check.drift === null ? [] : [driftOf(check.drift)]),
  ];
  return `<tr><td class="${name}">${mark}<span class="hidden">${name}</span></td><td>${escaped(check.subject ?? "(table)")}</td><td>${escaped(check.expected)}${notes.join("")}</td><td>${escaped(foundByCheck(check))}</td></tr>`;
}

function examples({ examples: rows }: CheckResultView): string {
  const columns = Object.keys(rows[0]?.values ?? {});
  const head = columns.map((column) => `<th>${escaped(column)}</th>`).join("");
  const body = rows.map(({ row: number, values }) => {
    const cells = columns.map(
      (column) => `<td>${values[column] === null ? "<i>null</i>" : escaped(cellText(values[column]))}</td>`,
    );
    return `<tr><td>${number}</td>${cells.join("")}</tr>`;
  });
  return `<table><thead><tr><th>row</th>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

function driftOf(columns: NonNullable<CheckResultView["drift"]>): string {
  const rows = columns.map(
    ({ column, verdict, measure, score }) =>
      `<tr><td>${escaped(column)}</td><td>${escaped(verdict)}</td><td>${escaped(measure)}</td><td>${score === null ? "" : escaped(cellText(score))}</td></tr>`,
  );
  return `<table><thead><tr><th>column</th><th>verdict</th><th>measure</th><th>score</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function skipped({ skipped: list }: ChecksView): string {
  if (list.length === 0) return "";
  const items = list.map(({ name, reason }) => `<li>${escaped(name)}: ${escaped(reason)}</li>`);
  return `<h2>Not checked</h2><ul>${items.join("")}</ul>`;
}

const STYLE = `
.passed { color: var(--good); } .failed { color: var(--bad); } .warned { color: var(--warn); }
table.checks { width: 100%; } table.checks > tbody > tr > td { border-top: 1px solid var(--line); padding-top: .4rem; padding-bottom: .4rem; vertical-align: top; overflow-wrap: anywhere; }
table.checks th, table.checks td { text-align: left; } p { margin: .2rem 0; } table table { margin: .4rem 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;
