import type { ReactElement } from "react";
import { formatSize } from "../../../../src/views/index.ts";
import { Waiting } from "../notices.tsx";
import { useText } from "./content.ts";
import type { PreviewProps } from "./file-preview.tsx";

/** As much of a text is read. */
const TEXT_BYTES = 256 * 1024;

export function TextPreview({ file }: PreviewProps): ReactElement {
  const content = useText(file, TEXT_BYTES);
  if (content.data === undefined) return <Waiting read={content} what="the file" />;
  return (
    <>
      <Text text={content.data} />
      {file.sizeBytes > TEXT_BYTES && (
        <p className="quiet small">
          The first {formatSize(TEXT_BYTES)} of {formatSize(file.sizeBytes)}.
        </p>
      )}
    </>
  );
}

export function Text({ text }: { readonly text: string }): ReactElement {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <pre className="diff text-preview" tabIndex={0}>
      {text}
    </pre>
  );
}
