import { type ReactElement, useMemo } from "react";
import { formatSize, unifiedDiff } from "../../../../src/views/index.ts";
import { DiffText } from "../diff-text.tsx";
import { Waiting } from "../notices.tsx";
import { useText } from "./content.ts";
import type { ShownFile } from "./file-preview.tsx";
import { Text } from "./text-preview.tsx";

/** As much of each text is compared. */
const MOST_BYTES = 256 * 1024;

export interface TextDifferenceProps {
  readonly before: ShownFile;
  readonly after: ShownFile;
  /** Names the first text. */
  readonly of: string;
}

/** The lines in which one text differs from another, or all of it where they have too little in common. */
export function TextDifference({ before, after, of }: TextDifferenceProps): ReactElement {
  const [old, now] = [useText(before, MOST_BYTES), useText(after, MOST_BYTES)];
  const lines = useMemo(
    () => (old.data === undefined || now.data === undefined ? undefined : unifiedDiff(old.data, now.data)),
    [old.data, now.data],
  );
  if (old.data === undefined) return <Waiting read={old} what="the file" />;
  if (now.data === undefined) return <Waiting read={now} what="the file" />;
  const isCut = Math.max(before.sizeBytes, after.sizeBytes) > MOST_BYTES;
  return (
    <>
      {lines === undefined ? (
        <Text text={now.data} />
      ) : lines.length === 0 ? (
        <p className="quiet small">The first {formatSize(MOST_BYTES)} are equal.</p>
      ) : (
        <DiffText lines={lines} />
      )}
      <p className="quiet small">
        {lines === undefined ? `It has too little in common with that of ${of}.` : `Compared with that of ${of}.`}
        {isCut && ` The first ${formatSize(MOST_BYTES)} of each.`}
      </p>
    </>
  );
}
