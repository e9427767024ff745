/**
 * Draws what a terminal shows as an SVG, for the documentation. Reads text with colours from standard input:
 *
 *     tmux capture-pane -e -p | node scripts/terminal-picture.ts "headrace run flights" > docs/images/run.svg
 */
import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

interface Look {
  readonly colour: string | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
}

const PLAIN: Look = { colour: undefined, bold: false, dim: false };
const COLOURS = ["#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4"];
const BRIGHT = ["#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#f0f6fc"];
const CHARACTER_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const MARGIN = 16;
const BAR = 30;

function applyCodes(look: Look, codes: readonly number[]): Look {
  let next = look;
  for (const code of codes) {
    if (code === 0) next = PLAIN;
    else if (code === 1) next = { ...next, bold: true };
    else if (code === 2) next = { ...next, dim: true };
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code === 39) next = { ...next, colour: undefined };
    else if (code >= 30 && code <= 37) next = { ...next, colour: COLOURS[code - 30] };
    else if (code >= 90 && code <= 97) next = { ...next, colour: BRIGHT[code - 90] };
  }
  return next;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** One tspan a run of equal looks, each at its own column, so that no font's width shifts what follows. */
function drawLine(line: string, y: number): string {
  let look = PLAIN;
  let column = 0;
  let spans = "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for.
  for (const piece of line.split(/(\u001b\[[\d;]*m)/)) {
    if (piece.startsWith("\u001b[")) {
      look = applyCodes(look, piece.slice(2, -1).split(";").map(Number));
      continue;
    }
    if (piece.trim() !== "") {
      const style = `${look.colour === undefined ? "" : ` fill="${look.colour}"`}${look.bold ? ' font-weight="bold"' : ""}${look.dim ? ' opacity="0.65"' : ""}`;
      spans += `<tspan x="${(MARGIN + column * CHARACTER_WIDTH).toFixed(1)}"${style}>${escapeText(piece)}</tspan>`;
    }
    column += [...piece].length;
  }
  return spans === "" ? "" : `<text y="${y}" xml:space="preserve">${spans}</text>`;
}

const title = process.argv[2] ?? "";
const lines = readFileSync(0, "utf8").trimEnd().split("\n");
const columns = Math.max(...lines.map((line) => [...stripVTControlCharacters(line)].length), title.length + 8);
const width = Math.ceil(columns * CHARACTER_WIDTH + 2 * MARGIN);
const height = BAR + lines.length * LINE_HEIGHT + 2 * MARGIN;
const dots = ["#ff5f57", "#febc2e", "#28c840"]
  .map((fill, index) => `<circle cx="${18 + index * 18}" cy="${BAR / 2 + 2}" r="5.5" fill="${fill}"/>`)
  .join("");
const body = lines.map((line, index) => drawLine(line, BAR + MARGIN + (index + 1) * LINE_HEIGHT - 5)).join("\n");
console.log(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(title)}">
<rect width="100%" height="100%" rx="8" fill="#0d1117" stroke="#30363d"/>${dots}
<text x="50%" y="${BAR / 2 + 6}" text-anchor="middle" font-family="system-ui, sans-serif" font-size="12" fill="#8b949e">${escapeText(title)}</text>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3">
${body}
</g></svg>`);
