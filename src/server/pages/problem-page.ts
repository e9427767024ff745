import type { Problem } from "../problem.ts";
import { escapeHtml, PAGE_STYLE } from "./page-parts.ts";

/** A refusal as a page, for somebody who opened a link: what happened, what to do, and the way back. */
export function problemPage({ title, detail, hint, requestId, code }: Omit<Problem, "advice">): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)} · Headrace</title>
<style>${PAGE_STYLE} body { max-width: 38rem } .quiet { color: var(--ink-2); font-size: 13px }</style>
</head>
<body>
<main>
<h1>${escapeHtml(sentence(detail))}</h1>
${hint === null ? "" : `<p>${escapeHtml(sentence(hint))}</p>\n`}<p><a href="/">Go to Headrace</a></p>
<p class="quiet">${escapeHtml(code)} · request ${escapeHtml(requestId)}</p>
</main>
</body>
</html>
`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
