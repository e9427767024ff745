import { type ReactElement, useMemo } from "react";
import { ansiPieces } from "../log/ansi.ts";
import { Markdown } from "./markdown.tsx";
import type { NotebookOutput } from "./notebook.ts";
import { OutputTable } from "./output-table.tsx";
import { useBlobAddress } from "./picture.tsx";
import { tablesIn } from "./tables-in-html.ts";

/** A cell may have printed very much. */
const MOST_LETTERS = 100_000;
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"] as const;

export function NotebookOutputs({ outputs }: { readonly outputs: readonly NotebookOutput[] }): ReactElement {
  return (
    <>
      {outputs.map((output, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an output is known by its place
        <Output key={index} output={output} />
      ))}
    </>
  );
}

function Output({ output }: { readonly output: NotebookOutput }): ReactElement | null {
  if (output.kind === "text") return <Printed text={output.text} isError={output.isError} />;
  const { data } = output;
  const picture = PICTURES.find((type) => data[type] !== undefined);
  if (picture !== undefined) return <OutputPicture type={picture} content={data[picture] ?? ""} />;
  const html = data["text/html"];
  const markdown = data["text/markdown"];
  if (html !== undefined) return <Html html={html} plain={data["text/plain"]} />;
  if (markdown !== undefined) return <Markdown text={markdown} />;
  const text = data["text/plain"] ?? data["application/json"] ?? data["text/latex"];
  if (text !== undefined) return <Printed text={text} isError={false} />;
  return (
    <p className="quiet small">An output that cannot be shown here ({Object.keys(data).join(", ") || "nothing"}).</p>
  );
}

function Printed({ text, isError }: { readonly text: string; readonly isError: boolean }): ReactElement {
  const lines = text.slice(0, MOST_LETTERS).replace(/\n$/, "").split("\n");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <pre className={isError ? "printed of-error" : "printed"} tabIndex={0}>
      {lines.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place
        <span key={at}>
          {ansiPieces(line).map((piece, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a piece is known by its place
            <span key={index} className={piece.className}>
              {piece.text}
            </span>
          ))}
          {"\n"}
        </span>
      ))}
      {text.length > MOST_LETTERS && <span className="quiet">… {text.length - MOST_LETTERS} letters more</span>}
    </pre>
  );
}

function OutputPicture({ type, content }: { readonly type: string; readonly content: string }): ReactElement | null {
  const bytes = useMemo(() => (type === "image/svg+xml" ? content : bytesOf(content)), [type, content]);
  const source = useBlobAddress(bytes, type);
  if (bytes === undefined) return <p className="quiet small">An output that holds no picture.</p>;
  return source === undefined ? null : <img src={source} alt="Output of the cell" className="picture" />;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64.replace(/\s/g, "")), (sign) => sign.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** The tables of an output, as data frames are shown; for other HTML, the text that stands for it. */
function Html({ html, plain }: { readonly html: string; readonly plain: string | undefined }): ReactElement {
  const tables = useMemo(() => tablesIn(html), [html]);
  if (tables.length === 0)
    return (
      <>
        {plain !== undefined && <Printed text={plain} isError={false} />}
        <p className="quiet small">
          This output is a page of its own, which is not shown here. Write it into an HTML file to see it.
        </p>
      </>
    );
  return (
    <>
      {tables.map((table, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a table is known by its place
        <OutputTable key={index} table={table} />
      ))}
    </>
  );
}
