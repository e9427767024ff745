import { GlobalWorkerOptions, getDocument, type PDFDocumentProxy } from "pdfjs-dist";
import worker from "pdfjs-dist/build/pdf.worker.min.mjs?worker&url";
import { type ReactElement, useEffect, useRef, useState } from "react";
import { Loading, Waiting } from "../notices.tsx";
import { useBytes } from "./content.ts";
import type { PreviewProps } from "./file-preview.tsx";

GlobalWorkerOptions.workerSrc = worker;

/** So many pages at first: each is drawn as a picture. */
const MOST = 5;

/** The pages of a PDF, drawn: no script, no form and no link of it does anything. */
// biome-ignore lint/style/noDefaultExport: React loads a part of the page later by its default export
export default function PdfPreview({ file }: PreviewProps): ReactElement {
  const content = useBytes(file);
  const { data } = content;
  const [pdf, setPdf] = useState<PDFDocumentProxy>();
  const [failure, setFailure] = useState<string>();
  const [most, setMost] = useState(MOST);
  useEffect(() => {
    if (data === undefined) return;
    let isLeft = false;
    let opened: PDFDocumentProxy | undefined;
    const open = async (): Promise<void> => {
      // The policy of the page lets no code be made of bytes.
      const task = getDocument({ data: await data.arrayBuffer(), useWasm: false });
      opened = await task.promise;
      if (isLeft) await opened.cleanup();
      else setPdf(opened);
    };
    open().catch((error: unknown) => setFailure(error instanceof Error ? error.message : String(error)));
    return () => {
      isLeft = true;
      void opened?.loadingTask.destroy();
    };
  }, [data]);
  if (failure !== undefined) return <p className="quiet small">The file cannot be read as a PDF: {failure}</p>;
  if (data === undefined) return <Waiting read={content} what="the document" />;
  if (pdf === undefined) return <Loading what="the document" />;
  const count = pdf.numPages;
  return (
    <section className="pdf" aria-label={`Pages of ${file.name}`}>
      {firstNumbers(Math.min(count, most)).map((number) => (
        <PdfPage key={number} pdf={pdf} number={number} />
      ))}
      {count > most && (
        <button type="button" className="link" onClick={() => setMost(most + MOST)}>
          Show {Math.min(MOST, count - most)} more of {count} pages
        </button>
      )}
    </section>
  );
}

function firstNumbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** In pixels of the page's own picture; it is shown smaller on a narrow screen. */
const WIDTH = 900;

function PdfPage({ pdf, number }: { readonly pdf: PDFDocumentProxy; readonly number: number }): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [text, setText] = useState("");
  useEffect(() => {
    let isLeft = false;
    const draw = async (): Promise<void> => {
      const page = await pdf.getPage(number);
      const place = canvas.current;
      if (isLeft || place === null) return;
      const natural = page.getViewport({ scale: 1 });
      const viewport = page.getViewport({ scale: (WIDTH / natural.width) * Math.min(2, devicePixelRatio) });
      place.width = Math.floor(viewport.width);
      place.height = Math.floor(viewport.height);
      await page.render({ canvas: place, viewport }).promise;
      const { items } = await page.getTextContent();
      if (!isLeft) setText(items.map((item) => ("str" in item ? item.str : "")).join(" "));
    };
    // A page that cannot be drawn stays blank, as in other readers.
    draw().catch(() => undefined);
    return () => {
      isLeft = true;
    };
  }, [pdf, number]);
  return (
    <figure>
      <canvas ref={canvas} role="img" aria-label={`Page ${number}`} />
      <figcaption className="visually-hidden">{text}</figcaption>
    </figure>
  );
}
