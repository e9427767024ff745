import "../../styles/preview.css";
import { type ComponentType, lazy, type ReactElement, Suspense } from "react";
import type { DatumView } from "../../../../src/api/index.ts";
import { formatSize } from "../../../../src/views/index.ts";
import { Loading } from "../notices.tsx";
import { HtmlFrame } from "./html-frame.tsx";
import { kindOf, type PreviewKind } from "./kind-of.ts";
import { MediaPlayer } from "./media-player.tsx";
import { Picture } from "./picture.tsx";
import { TablePreview } from "./table-preview.tsx";
import { TextPreview } from "./text-preview.tsx";

/** As much of a stored file as is needed to show what is in it. */
export type ShownFile = Pick<DatumView, "id" | "name" | "sizeBytes" | "sha256" | "purgedAt">;

export interface PreviewProps {
  readonly file: ShownFile;
}

/** Code that is large is loaded with the first file of its kind. */
const PREVIEWS: Readonly<Record<PreviewKind, ComponentType<PreviewProps> | undefined>> = {
  audio: MediaPlayer,
  html: HtmlFrame,
  image: Picture,
  json: lazy(() => import("./json-preview.tsx")),
  markdown: lazy(() => import("./markdown-preview.tsx")),
  notebook: lazy(() => import("./notebook-preview.tsx")),
  pdf: lazy(() => import("./pdf-preview.tsx")),
  table: TablePreview,
  text: TextPreview,
  unknown: undefined,
  video: MediaPlayer,
};

const MEBIBYTE = 1024 * 1024;
/** A larger one is for a program of its own: the browser would have to hold all of it. */
const MOST_BYTES: Partial<Record<PreviewKind, number>> = {
  image: 20 * MEBIBYTE,
  notebook: 20 * MEBIBYTE,
  pdf: 50 * MEBIBYTE,
};

/**
 * Shows the content of a file, by its kind. A file that a step wrote is shown as text or a picture, or as a page in a
 * frame of its own origin.
 */
export function FilePreview({ file }: PreviewProps): ReactElement {
  const kind = kindOf(file.name);
  const Preview = PREVIEWS[kind];
  if (Preview === undefined) return <p className="quiet small">A file of this kind cannot be shown here.</p>;
  if (file.sizeBytes > (MOST_BYTES[kind] ?? Number.POSITIVE_INFINITY))
    return <p className="quiet small">With {formatSize(file.sizeBytes)} it is too large to be shown here.</p>;
  if (file.sizeBytes === 0) return <p className="quiet small">The file is empty.</p>;
  return (
    <Suspense fallback={<Loading what="the file" />}>
      <Preview file={file} />
    </Suspense>
  );
}
