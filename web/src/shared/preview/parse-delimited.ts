/** Rows of a CSV or TSV file (RFC 4180), at most so many. A quote that never ends takes the rest as its cell. */
export function parseDelimited(text: string, separator: string, most: number): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let at = text.startsWith("\u{feff}") ? 1 : 0;
  const endCell = (): void => {
    row.push(cell);
    cell = "";
  };
  const endRow = (): void => {
    endCell();
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  };
  for (; at < text.length && rows.length < most; at++) {
    const sign = text[at];
    if (sign === '"' && cell === "") {
      const { content, end } = quoted(text, at + 1);
      cell = content;
      at = end;
    } else if (sign === separator) endCell();
    else if (sign === "\n") endRow();
    else if (sign !== "\r") cell += sign;
  }
  if (rows.length < most && (cell !== "" || row.length > 0)) endRow();
  return rows;
}

/** The content of a quoted cell, in which two quotes are one, and the place of its last quote. */
function quoted(text: string, start: number): { readonly content: string; readonly end: number } {
  for (let at = text.indexOf('"', start); at >= 0; at = text.indexOf('"', at + 2))
    if (text[at + 1] !== '"') return { content: text.slice(start, at).replaceAll('""', '"'), end: at };
  return { content: text.slice(start), end: text.length };
}
