import type { ReactElement } from "react";
import { formatSize } from "../../../../src/views/index.ts";
import { Waiting } from "../notices.tsx";
import { useText } from "./content.ts";
import type { PreviewProps } from "./file-preview.tsx";
import { parseDelimited } from "./parse-delimited.ts";

const PART_BYTES = 256 * 1024;
const ROWS = 200;

/** The first rows of a CSV or TSV file, read in the browser: for a server that has no reader of tables. */
export function DelimitedTable({ file }: PreviewProps): ReactElement {
  const content = useText(file, PART_BYTES);
  if (content.data === undefined) return <Waiting read={content} what="the file" />;
  const isCut = file.sizeBytes > PART_BYTES;
  const parsed = parseDelimited(content.data, /\.tsv$/i.test(file.name) ? "\t" : ",", ROWS + 1);
  // The last row of a part may be half of one.
  const [head = [], ...rows] = isCut && parsed.length <= ROWS ? parsed.slice(0, -1) : parsed;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="table-frame preview-table" tabIndex={0} aria-label="Rows of the file">
        <table className="table">
          <thead>
            <tr>
              {head.map((name, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns may have equal names
                <th key={index} className={isNumeric(rows, index) ? "number" : ""}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no names
              <tr key={at}>
                {head.map((_, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns may have equal names
                  <td key={index} className={isNumeric(rows, index) ? "number" : "clip"}>
                    {row[index]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {isCut && (
        <p className="quiet small">
          From the first {formatSize(PART_BYTES)} of {formatSize(file.sizeBytes)}.
        </p>
      )}
    </>
  );
}

function isNumeric(rows: readonly (readonly string[])[], column: number): boolean {
  const some = rows
    .slice(0, 20)
    .map((row) => row[column] ?? "")
    .filter((text) => text !== "");
  return some.length > 0 && some.every((text) => Number.isFinite(Number(text)));
}
