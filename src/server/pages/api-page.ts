import { ROUTES, type RouteContract, type RouteEntry, referenceOf } from "../../api/index.ts";
import { escapeHtml, PAGE_STYLE } from "./page-parts.ts";

const STYLE = `
${PAGE_STYLE}
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem } h3 { font-size: .9rem; margin: 1rem 0 .25rem }
details { border-top: 1px solid var(--line) } summary { cursor: pointer; padding: .4rem 0 }
code, .method { font: 13px/1.5 ui-monospace, monospace } .method { display: inline-block; font-weight: 600; width: 4.5rem }
.who { float: right; color: var(--ink-2) } table { border-collapse: collapse; margin: 0 0 1rem; width: 100% }
td, th { border-top: 1px solid var(--line); padding: .2rem .6rem .2rem 0; text-align: left; vertical-align: top }
`;

/** The calls of the API as a page that needs no script and no other file. */
export function apiPage(): string {
  const routes: readonly RouteContract[] = Object.values(ROUTES);
  const sections = [...referenceOf(routes)].map(
    ([tag, entries]) => `<h2>${escapeHtml(tag)}</h2>\n${entries.map(entryHtml).join("\n")}`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Headrace API</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>The API of this Headrace</h1>
<p>Send a token as <code>Authorization: Token …</code>. Answers are JSON; failures are
<code>application/problem+json</code> with a code, a message and a hint. The same as a document for programs:
<a href="/api/v0/openapi.json">openapi.json</a>.</p>
${sections.join("\n")}
</main>
</body>
</html>
`;
}

function entryHtml({ method, path, summary, who, tables }: RouteEntry): string {
  const shown = tables
    .filter(({ rows }) => rows.length > 0)
    .map(({ title, rows }) => `<h3>${escapeHtml(title)}</h3>\n${tableHtml(rows)}`);
  return `<details>
<summary><span class="method">${method}</span> <code>${escapeHtml(path)}</code> <span class="who">${escapeHtml(who)}</span></summary>
<p>${escapeHtml(summary)}.</p>
${shown.join("\n")}
</details>`;
}

/** A table of Markdown: heads, a line of dashes, rows. */
function tableHtml([heads = "", , ...rows]: readonly string[]): string {
  const cells = (row: string) =>
    row
      .replace(/^\| | \|$/g, "")
      .split(" | ")
      .map(inlineHtml);
  return [
    `<table><tr>${cells(heads)
      .map((cell) => `<th>${cell}</th>`)
      .join("")}</tr>`,
    ...rows.map(
      (row) =>
        `<tr>${cells(row)
          .map((cell) => `<td>${cell}</td>`)
          .join("")}</tr>`,
    ),
    "</table>",
  ].join("\n");
}

/** Code and the texts of links, which is all that the tables have. */
function inlineHtml(text: string): string {
  return escapeHtml(text)
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/`([^`]*)`/g, "<code>$1</code>");
}
