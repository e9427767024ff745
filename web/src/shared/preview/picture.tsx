import { type ReactElement, useEffect, useState } from "react";
import { Waiting } from "../notices.tsx";
import { useBytes } from "./content.ts";
import type { PreviewProps } from "./file-preview.tsx";
import { imageType } from "./kind-of.ts";

/** A picture; an SVG as well, which runs nothing as one. */
export function Picture({ file }: PreviewProps): ReactElement {
  const content = useBytes(file);
  const source = useBlobAddress(content.data, imageType(file.name));
  const [hasFailed, setFailed] = useState(false);
  if (hasFailed) return <p className="quiet small">The file holds no picture that this browser can show.</p>;
  if (source === undefined) return <Waiting read={content} what="the picture" />;
  return <img src={source} alt={file.name} className="picture" onError={() => setFailed(true)} />;
}

/** An address for bytes at hand, as long as they are shown. */
export function useBlobAddress(data: BlobPart | undefined, type: string): string | undefined {
  const [source, setSource] = useState<string>();
  useEffect(() => {
    if (data === undefined) return;
    const address = URL.createObjectURL(new Blob([data], { type }));
    setSource(address);
    return () => URL.revokeObjectURL(address);
  }, [data, type]);
  return source;
}
