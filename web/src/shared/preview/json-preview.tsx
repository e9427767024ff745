import { type ReactElement, useMemo } from "react";
import { Waiting } from "../notices.tsx";
import { useText } from "./content.ts";
import type { PreviewProps } from "./file-preview.tsx";
import { JsonTree } from "./json-tree.tsx";
import { Text, TextPreview } from "./text-preview.tsx";

/** A larger one is shown as the text that it is. */
const JSON_BYTES = 4 * 1024 * 1024;

// biome-ignore lint/style/noDefaultExport: React loads a part of the page later by its default export
export default function JsonPreview({ file }: PreviewProps): ReactElement {
  return file.sizeBytes > JSON_BYTES ? <TextPreview file={file} /> : <Parsed file={file} />;
}

function Parsed({ file }: PreviewProps): ReactElement {
  const content = useText(file, JSON_BYTES);
  const { data } = content;
  const parsed = useMemo(() => (data === undefined ? undefined : parse(data)), [data]);
  if (data === undefined) return <Waiting read={content} what="the file" />;
  if (parsed === undefined) return <Text text={data} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="diff text-preview" tabIndex={0} aria-label="Content of the file">
      <JsonTree value={parsed.value} isOpen />
    </section>
  );
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
