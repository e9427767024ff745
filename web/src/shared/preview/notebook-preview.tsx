import { type ReactElement, useMemo, useState } from "react";
import { Waiting } from "../notices.tsx";
import { useText } from "./content.ts";
import type { PreviewProps } from "./file-preview.tsx";
import { Markdown } from "./markdown.tsx";
import { type NotebookCell, parseNotebook } from "./notebook.ts";
import { NotebookOutputs } from "./notebook-outputs.tsx";
import { Text } from "./text-preview.tsx";

/** So many cells at first. */
const MOST = 100;

/** A notebook with what its cells have shown. Nothing of it runs. */
// biome-ignore lint/style/noDefaultExport: React loads a part of the page later by its default export
export default function NotebookPreview({ file }: PreviewProps): ReactElement {
  const content = useText(file, file.sizeBytes);
  const { data } = content;
  const notebook = useMemo(() => (data === undefined ? undefined : parseNotebook(data)), [data]);
  const [most, setMost] = useState(MOST);
  if (data === undefined) return <Waiting read={content} what="the notebook" />;
  if (notebook === undefined) return <Text text={data.slice(0, 256 * 1024)} />;
  const { cells, language } = notebook;
  if (cells.length === 0) return <p className="quiet small">The notebook has no cells.</p>;
  return (
    <section className="notebook" aria-label={language === "" ? "Notebook" : `Notebook in ${language}`}>
      {cells.slice(0, most).map((cell, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a cell is known by its place
        <Cell key={index} cell={cell} />
      ))}
      {cells.length > most && (
        <button type="button" className="link" onClick={() => setMost(most + MOST)}>
          Show {Math.min(MOST, cells.length - most)} more of {cells.length} cells
        </button>
      )}
    </section>
  );
}

function Cell({ cell: { kind, source, count, outputs } }: { readonly cell: NotebookCell }): ReactElement {
  if (kind === "markdown") return <Markdown text={source} />;
  return (
    <div className="cell">
      {kind === "code" && <span className="cell-count quiet number">[{count ?? " "}]</span>}
      <div className="stack tight">
        {source !== "" && <pre className="diff cell-source">{source}</pre>}
        <NotebookOutputs outputs={outputs} />
      </div>
    </div>
  );
}
