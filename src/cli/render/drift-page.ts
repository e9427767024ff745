import type { ColumnDriftView, DriftView } from "../../api/index.ts";
import { escaped, PAGE_HEAD, PAGE_STYLE } from "./page.ts";

/** A page of a comparison that needs no other file and runs no script. */
export function driftPage(drift: DriftView): string {
  const verdict = { drifted: "✗ drifted", stable: "✓ not drifted", few: "nothing can be said" }[drift.verdict];
  return `<!doctype html>
<html lang="en">
<head>
${PAGE_HEAD}
<title>Drift: ${verdict}</title>
<style>${PAGE_STYLE}${STYLE}</style>
</head>
<body>
<main>
<h1>Drift</h1>
<p class="${drift.verdict}">${verdict}: ${drift.driftedColumns} of ${drift.comparedColumns} columns</p>
<dl>
<dt>reference</dt><dd>${escaped(drift.reference.path)}, ${drift.reference.rows} rows</dd>
<dt>current</dt><dd>${escaped(drift.current.path)}, ${drift.current.rows} rows</dd>
<dt>limit</dt><dd>${drift.share * 100} % of the columns</dd>
</dl>
${drift.columns.map(columnSection).join("\n")}
${drift.skipped.length === 0 ? "" : `<h2>Not compared</h2><ul>${drift.skipped.map(({ name, reason }) => `<li>${escaped(name)}: ${escaped(reason)}</li>`).join("")}</ul>`}
${drift.sampled ? "<p>A random million of the rows stands for all of them.</p>" : ""}
</main>
</body>
</html>
`;
}

function columnSection(column: ColumnDriftView): string {
  const mark = { drifted: "✗ drifted", stable: "✓ stable", few: "– too few values" }[column.verdict];
  const scores = column.scores
    .map(
      ({ measure, score, threshold }) =>
        `<tr><td>${escaped(measure)}</td><td>${score ?? "–"}</td><td>${threshold}</td></tr>`,
    )
    .join("");
  return `<section>
<h2>${escaped(column.name)} <span class="${column.verdict}">${mark}</span></h2>
<div class="parts">
${chart(column)}
<table><tr><th>measure</th><th>score</th><th>threshold</th></tr>${scores}</table>
<table><tr><th></th><th>values</th><th>missing</th></tr>
<tr><td>reference</td><td>${column.referenceCount}</td><td>${column.referenceMissing}</td></tr>
<tr><td>current</td><td>${column.currentCount}</td><td>${column.currentMissing}</td></tr></table>
</div>
</section>`;
}

const [WIDTH, HEIGHT] = [360, 110];

/** Both sides beside each other in each bin. */
function chart({ name, bins }: ColumnDriftView): string {
  const most = Math.max(...bins.flatMap(({ reference, current }) => [reference, current]), 0);
  if (most === 0) return "";
  const slot = WIDTH / bins.length;
  const bar = (share: number, index: number, side: "reference" | "current"): string => {
    const height = (share / most) * HEIGHT;
    const x = index * slot + (side === "reference" ? slot * 0.08 : slot * 0.5);
    return `<rect class="${side}" x="${x.toFixed(2)}" y="${(HEIGHT - height).toFixed(2)}" width="${(slot * 0.42).toFixed(2)}" height="${height.toFixed(2)}"/>`;
  };
  const bars = bins.map(
    ({ label, reference, current }, index) =>
      `<g><title>${escaped(label)}: ${(reference * 100).toFixed(1)} % → ${(current * 100).toFixed(1)} %</title>${bar(reference, index, "reference")}${bar(current, index, "current")}</g>`,
  );
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="distribution of ${escaped(name)}">${bars.join("")}</svg>`;
}

const STYLE = `
.drifted { color: var(--bad); } .stable { color: var(--good); } .few { color: var(--dim); }
section { border-top: 1px solid var(--line); padding: 1rem 0; } .parts { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
svg { width: 22rem; max-width: 100%; } rect.reference { fill: var(--reference); } rect.current { fill: var(--current); }
td, th { text-align: right; } td:first-child, th:first-child { text-align: left; }
`;
