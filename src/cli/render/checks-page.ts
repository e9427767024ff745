import type { CheckResultView, ChecksView } from "../../api/index.ts";
import { grouped } from "../../views/index.ts";
import { found, shown } from "./checks.ts";
import { escaped, PAGE_HEAD, PAGE_STYLE } from "./page.ts";

/** A page of checks that needs no other file and runs no script. */
export function checksPage(checks: ChecksView): string {
  const verdict = { passed: "✓ passed", warned: "! passed with warnings", failed: "✗ failed" }[checks.verdict];
  return `<!doctype html>
<html lang="en">
<head>
${PAGE_HEAD}
<title>Checks: ${verdict}</title>
<style>${PAGE_STYLE}${STYLE}</style>
</head>
<body>
<main>
<h1>Checks</h1>
<p class="${checks.verdict}">${verdict}: ${checks.passed} of ${checks.checks.length} checks hold</p>
<dl>
<dt>suite</dt><dd>${escaped(checks.suite)}</dd>
<dt>table</dt><dd>${checks.files.map(escaped).join("<br>")}</dd>
<dt>rows</dt><dd>${grouped(checks.rows)}</dd>
</dl>
<table class="checks">
<thead><tr><th></th><th>column</th><th>expected</th><th>found</th></tr></thead>
<tbody>
${checks.checks.map(row).join("\n")}
</tbody>
</table>
${skipped(checks)}
</main>
</body>
</html>
`;
}

function row(check: CheckResultView): string {
  const name = check.outcome === "passed" ? "passed" : check.severity === "warn" ? "warned" : "failed";
  const mark = { passed: "✓", warned: "!", failed: "✗" }[name];
  const notes = [
    ...(check.description === null ? [] : [`<p class="dim">${escaped(check.description)}</p>`]),
    ...(check.error === null ? [] : [`<p>${escaped(check.error)}</p>`]),
    ...(check.examples.length === 0 ? [] : [examples(check)]),
  ];
  return `<tr><td class="${name}">${mark}<span class="hidden">${name}</span></td><td>${escaped(check.subject ?? "(table)")}</td><td>${escaped(check.expected)}${notes.join("")}</td><td>${escaped(found(check))}</td></tr>`;
}

function examples({ examples: rows }: CheckResultView): string {
  const columns = Object.keys(rows[0]?.values ?? {});
  const head = columns.map((column) => `<th>${escaped(column)}</th>`).join("");
  const body = rows.map(({ row: number, values }) => {
    const cells = columns.map(
      (column) => `<td>${values[column] === null ? "<i>null</i>" : escaped(shown(values[column]))}</td>`,
    );
    return `<tr><td>${number}</td>${cells.join("")}</tr>`;
  });
  return `<table><thead><tr><th>row</th>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
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
