import { Select } from "@mantine/core";
import { type UseQueryOptions, useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ComparisonView, ExecutionView } from "../../../../src/api/index.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Size } from "../../shared/amounts.tsx";
import { Waiting } from "../../shared/notices.tsx";
import { FilePreview, type ShownFile } from "../../shared/preview/file-preview.tsx";
import { kindOf } from "../../shared/preview/kind-of.ts";
import { TableDifference } from "../../shared/preview/table-difference.tsx";
import { TextDifference } from "../../shared/preview/text-difference.tsx";
import { type ComparedFile, comparedOutputs } from "./compared-outputs.ts";

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

/** The contents of a file of each subject, side by side: pictures as they are, texts and tables by what differs. */
export function ComparedFiles({ comparison, refs, file, onFile }: ComparedFilesProps): ReactElement | null {
  const outputs = comparedOutputs(comparison);
  const chosen = outputs.find(({ key }) => key === file) ?? outputs[0];
  if (chosen === undefined) return null;
  return (
    <section className="block" aria-label="Files side by side">
      <div className="spread wraps">
        <h2>Files side by side</h2>
        <Select
          aria-label="File to compare"
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

function labelOf({ node, name, differs, kind }: ComparedFile): string {
  const place = [...(node === null ? [] : [node]), ...(kind === "input" ? ["input"] : [])].join(" ");
  return `${place === "" ? "" : `${place}: `}${name}${differs ? "" : " (equal)"}`;
}

function Contents({ output, refs }: { readonly output: ComparedFile; readonly refs: readonly string[] }): ReactElement {
  const { ref } = useProject();
  const found = useQueries({
    queries: refs.map((subject) => {
      const record = output.node === null || subject.includes(".") ? subject : `${subject}.${output.node}`;
      return output.kind === "input" ? inputRead(ref, record, output.name) : outputRead(ref, record, output.name);
    }),
  });
  const failed = found.find(({ error }) => error !== null && !isMissing(error));
  if (failed !== undefined) return <Waiting read={failed} />;
  if (found.some(({ isPending }) => isPending))
    return <Waiting read={{ isPending: true, error: null, refetch }} what="the files" />;
  const files = found.map(({ data }) => data ?? undefined);
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

type FileRead = UseQueryOptions<ShownFile | null>;

/** Null where the record has no such file. */
function outputRead(project: string, ref: string, output: string): FileRead {
  const path = "/api/v0/projects/:project/records/:ref/outputs/";
  const all = read(path, { params: { project, ref }, query: { limit: MOST_FILES } });
  return {
    queryKey: [...all.queryKey, output],
    queryFn: async ({ client }) =>
      (await client.ensureQueryData(all)).items.find(({ name }) => name === output) ?? null,
  };
}

function inputRead(project: string, execution: string, input: string): FileRead {
  const whole = read("/api/v0/projects/:project/executions/:execution/", { params: { project, execution } });
  return {
    queryKey: [...whole.queryKey, input],
    queryFn: async ({ client }) => inputOf(await client.ensureQueryData(whole), input),
  };
}

function inputOf({ inputs }: ExecutionView, path: string): ShownFile | null {
  const file = inputs.find(({ input, name }) => `${input}/${name}` === path);
  return file === undefined ? null : { ...file, id: file.datum };
}

function refetch(): void {
  // The reads that are under way end by themselves.
}

/** A run without the node has no record of it, and a run as a whole no inputs. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && "status" in error && (error.status === 404 || error.status === 400);
}

function Caption({ subject, file }: { readonly subject: string; readonly file: ShownFile | undefined }): ReactElement {
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
  readonly file: ShownFile;
  readonly first: ShownFile;
  readonly subject: string;
}): ReactElement {
  if (file.purgedAt !== undefined) return <p className="quiet small">Its bytes were purged.</p>;
  if (file !== first && file.sha256 === first.sha256)
    return <p className="quiet small">It is equal to that of #{subject}.</p>;
  const kind = kindOf(file.name);
  if (file !== first && kind === "table") return <TableDifference before={first} after={file} of={`#${subject}`} />;
  if (file === first || !TEXTS.has(kind)) return <FilePreview file={file} />;
  return <TextDifference before={first} after={file} of={`#${subject}`} />;
}
