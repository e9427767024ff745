import type { ReactElement } from "react";
import { Waiting } from "../notices.tsx";
import { useText } from "./content.ts";
import type { PreviewProps } from "./file-preview.tsx";
import { Markdown } from "./markdown.tsx";
import { TextPreview } from "./text-preview.tsx";

/** A longer one is shown as text. */
const MARKDOWN_BYTES = 512 * 1024;

// biome-ignore lint/style/noDefaultExport: React loads a part of the page later by its default export
export default function MarkdownPreview({ file }: PreviewProps): ReactElement {
  return file.sizeBytes > MARKDOWN_BYTES ? <TextPreview file={file} /> : <Rendered file={file} />;
}

function Rendered({ file }: PreviewProps): ReactElement {
  const content = useText(file, MARKDOWN_BYTES);
  if (content.data === undefined) return <Waiting read={content} what="the file" />;
  return <Markdown text={content.data} />;
}
