export interface HtmlTable {
  readonly head: readonly (readonly string[])[];
  readonly rows: readonly (readonly string[])[];
}

const MOST_ROWS = 200;
const MOST_COLUMNS = 100;

/**
 * The texts of the tables in a piece of HTML. It is parsed into a document that is never shown and in which nothing is
 * loaded or run; only texts are taken out of it.
 */
export function tablesIn(html: string): readonly HtmlTable[] {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return [...parsed.querySelectorAll("table")]
    .filter((table) => table.querySelector("table") === null)
    .map((table) => {
      const all = [...table.rows].slice(0, MOST_ROWS);
      const isHead = (row: HTMLTableRowElement): boolean => row.parentElement === table.tHead;
      return { head: all.filter(isHead).map(textsOf), rows: all.filter((row) => !isHead(row)).map(textsOf) };
    })
    .filter(({ head, rows }) => head.length + rows.length > 0);
}

function textsOf({ cells }: HTMLTableRowElement): readonly string[] {
  return [...cells].slice(0, MOST_COLUMNS).map(({ textContent }) => textContent.trim());
}
