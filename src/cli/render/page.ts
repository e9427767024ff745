/** The common head of all pages that commands write: no script, no other file, both themes. */
export const PAGE_HEAD = `<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`;

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

export const PAGE_STYLE = `
:root { color-scheme: light dark; --text: #1d2125; --dim: #68707a; --line: #d9dde2; --bad: #b3261e; --good: #1b7f3b; --warn: #8a5a00; --reference: #9aa3ad; --current: #2f6fde; --back: #fff; }
@media (prefers-color-scheme: dark) { :root { --text: #e3e6ea; --dim: #9aa3ad; --line: #3a4048; --bad: #f2877f; --good: #6cc78a; --warn: #e0b050; --reference: #6c757f; --current: #7aa7ff; --back: #16191d; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); margin: 0; }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0 0 .5rem; overflow-wrap: anywhere; } h2 span { font-weight: 400; margin-left: .5rem; }
.dim, dt { color: var(--dim); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } td, th { padding: .1rem .6rem; font-weight: 400; } th { color: var(--dim); } td:first-child, th:first-child { padding-left: 0; }
`;
