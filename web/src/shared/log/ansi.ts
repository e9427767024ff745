/** A piece of a line in one look. */
export interface AnsiPiece {
  readonly text: string;
  /** Names of style sheets: `ansi-red ansi-bold`; empty for plain text. */
  readonly className: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences begin with one
const SEQUENCE = /\x1b(?:\[([0-9;:]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: whatever else a terminal would act upon
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/g;
const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;

interface Look {
  colour: string;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}
const plain = (): Look => ({ colour: "", bold: false, dim: false, italic: false, underline: false });

/**
 * Cuts a line of a log into pieces of one colour. Only the colours and weights of a text are taken of what a terminal
 * knows; all else is left out. A text becomes text, never markup: what a step prints cannot be a part of the page.
 */
export function ansiPieces(line: string): readonly AnsiPiece[] {
  const shown = afterReturns(line);
  if (!shown.includes("\x1b")) return [{ text: shown.replace(CONTROL, ""), className: "" }];
  const pieces: AnsiPiece[] = [];
  const look = plain();
  let at = 0;
  const add = (end: number): void => {
    const text = shown.slice(at, end).replace(CONTROL, "");
    if (text !== "") pieces.push({ text, className: classOf(look) });
  };
  for (const match of shown.matchAll(SEQUENCE)) {
    add(match.index);
    at = match.index + match[0].length;
    if (match[2] === "m") apply(look, match[1] ?? "");
  }
  add(shown.length);
  return pieces;
}

/** A progress bar writes its line anew after each carriage return; the last one that says something counts. */
function afterReturns(line: string): string {
  if (!line.includes("\r")) return line;
  return line.split("\r").findLast((part) => part !== "") ?? "";
}

function apply(look: Look, codes: string): void {
  const numbers = codes.split(/[;:]/).map(Number);
  for (let index = 0; index < numbers.length; index++) {
    const code = numbers[index] ?? 0;
    if (code === 0) Object.assign(look, plain());
    else if (code === 1) look.bold = true;
    else if (code === 2) look.dim = true;
    else if (code === 3) look.italic = true;
    else if (code === 4) look.underline = true;
    else if (code === 22) Object.assign(look, { bold: false, dim: false });
    else if (code === 23) look.italic = false;
    else if (code === 24) look.underline = false;
    else if (code === 39) look.colour = "";
    else if (code >= 30 && code <= 37) look.colour = COLOURS[code - 30] ?? "";
    else if (code >= 90 && code <= 97) look.colour = COLOURS[code - 90] ?? "";
    else if (code === 38 || code === 48) {
      const kind = numbers[index + 1];
      // The first sixteen of 256 colours are those above; others keep the colour of the text, which can be read.
      if (code === 38 && kind === 5) look.colour = COLOURS[(numbers[index + 2] ?? 99) % 8] ?? "";
      index += kind === 2 ? 4 : 2;
    }
  }
}

function classOf({ colour, bold, dim, italic, underline }: Look): string {
  return [
    ...(colour === "" ? [] : [`ansi-${colour}`]),
    ...(bold ? ["ansi-bold"] : []),
    ...(dim ? ["ansi-dim"] : []),
    ...(italic ? ["ansi-italic"] : []),
    ...(underline ? ["ansi-underline"] : []),
  ].join(" ");
}
