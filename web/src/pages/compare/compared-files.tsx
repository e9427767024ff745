import { Select } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ComparisonView, DatumView } from "../../../../src/api/index.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Size } from "../../shared/amounts.tsx";
import { Waiting } from "../../shared/notices.tsx";
import { FilePreview } from "../../shared/preview/file-preview.tsx";
import { kindOf } from "../../shared/preview/kind-of.ts";
import { TextDifference } from "../../shared/preview/text-difference.tsx";
import { type ComparedOutput, comparedOutputs } from "./compared-outputs.ts";

/** As many are told apart side by side, and fetched. */
const MOST = 6;
/** An execution with more outputs than this is looked through on its own page. */
const MOST_FILES = 10_000;
const TEXTS = new Set(["text", "json", "markdown"]);

export interface ComparedFilesProps {
  readonly comparison: ComparisonView;
  readonly refs: readonly string[];
  readonly file: string | undefined;
  readonly onFile: (key: string) => void;
}

/** The contents of an output of each subject, side by side: pictures as they are, texts by the lines that differ. */
export function ComparedFiles({ comparison, refs, file, onFile }: ComparedFilesProps): ReactElement | null {
  const outputs = comparedOutputs(comparison);
  const chosen = outputs.find(({ key }) => key === file) ?? outputs[0];
  if (chosen === undefined) return null;
  return (
    <section className="block" aria-label="Outputs side by side">
      <div className="spread wraps">
        <h2>Outputs side by side</h2>
        <Select
          aria-label="Output to compare"
          data={outputs.map((output) => ({ value: output.key, label: labelOf(output) }))}
          value={chosen.key}
          onChange={(key) => key !== null && onFile(key)}
          allowDeselect={false}
          searchable
          w={260}
        />
      </div>
      <Contents key={chosen.key} output={chosen} refs={refs.slice(0, MOST)} />
      {refs.length > MOST && (
        <p className="small quiet">
          The first {MOST} of {refs.length}; the table above has the hashes of all.
        </p>
      )}
    </section>
  );
}

function labelOf({ node, name, differs }: ComparedOutput): string {
  return `${node === null ? "" : `${node}: `}${name}${differs ? "" : " (equal)"}`;
}

function Contents({
  output,
  refs,
}: {
  readonly output: ComparedOutput;
  readonly refs: readonly string[];
}): ReactElement {
  const { ref } = useProject();
  const found = useQueries({
    queries: refs.map((subject) =>
      read("/api/v0/projects/:project/records/:ref/outputs/", {
        params: {
          project: ref,
          ref: output.node === null || subject.includes(".") ? subject : `${subject}.${output.node}`,
        },
        query: { limit: MOST_FILES },
      }),
    ),
  });
  const failed = found.find(({ error }) => error !== null && !isMissing(error));
  if (failed !== undefined) return <Waiting read={failed} />;
  if (found.some(({ isPending }) => isPending))
    return <Waiting read={{ isPending: true, error: null, refetch }} what="the files" />;
  const files = found.map(({ data }) => data?.items.find(({ name }) => name === output.name));
  const first = files.find((each) => each !== undefined);
  return (
    <div className="side-by-side">
      {files.map((each, index) => (
        <figure key={refs[index]} className="beside">
          <Caption subject={refs[index] ?? ""} file={each} />
          {each === undefined ? (
            <p className="quiet small">It has no such file.</p>
          ) : (
            <Content file={each} first={first ?? each} subject={refs[files.indexOf(first)] ?? ""} />
          )}
        </figure>
      ))}
    </div>
  );
}

function refetch(): void {
  // The reads that are under way end by themselves.
}

/** A run without the node has no record of it. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && "status" in error && error.status === 404;
}

function Caption({ subject, file }: { readonly subject: string; readonly file: DatumView | undefined }): ReactElement {
  const { address } = useProject();
  return (
    <figcaption className="row small">
      <span className="number">#{subject}</span>
      {file !== undefined && (
        <>
          <Link to="/p/$owner/$name/data/$file" params={{ ...address, file: file.id }} className="plain-link clip">
            {file.name}
          </Link>
          <Size bytes={file.sizeBytes} />
        </>
      )}
    </figcaption>
  );
}

function Content({
  file,
  first,
  subject,
}: {
  readonly file: DatumView;
  readonly first: DatumView;
  readonly subject: string;
}): ReactElement {
  if (file.purgedAt !== undefined) return <p className="quiet small">Its bytes were purged.</p>;
  if (file !== first && file.sha256 === first.sha256)
    return <p className="quiet small">It is equal to that of #{subject}.</p>;
  if (file === first || !TEXTS.has(kindOf(file.name))) return <FilePreview file={file} />;
  return <TextDifference before={first} after={file} of={`#${subject}`} />;
}
