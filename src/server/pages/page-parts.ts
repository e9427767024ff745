/** The looks of the pages that need no script and no other file; in the theme of the browser. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --ink-2: light-dark(#57606a, #9aa4ae); }
body { background: light-dark(#fff, #14171a); color: light-dark(#16191d, #e8eaed); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.4rem } a { color: light-dark(#0b63a5, #7cbff0) }
code { overflow-wrap: anywhere }
`;

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A page of ours: styles within it, and nothing else. */
export const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
