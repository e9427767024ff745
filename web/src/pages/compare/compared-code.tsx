import { Select } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import type { ReactElement } from "react";
import type { CodeTextView, ComparisonView } from "../../../../src/api/index.ts";
import { formatSize, unifiedDiff } from "../../../../src/views/index.ts";
import { Problem } from "../../api/problem.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { DiffText } from "../../shared/diff-text.tsx";
import { Waiting } from "../../shared/notices.tsx";
import { changedCode } from "./changed-code.ts";

/** As many versions are held against the first, and fetched. */
const MOST = 6;

export interface ComparedCodeProps {
  readonly comparison: ComparisonView;
  readonly refs: readonly string[];
  /** The path of the chosen file. */
  readonly path: string | undefined;
  readonly onPath: (path: string) => void;
}

/** A file of the code that is not the same in all subjects: the lines that differ from those of the first. */
export function ComparedCode({ comparison, refs, path, onPath }: ComparedCodeProps): ReactElement | null {
  const paths = changedCode(comparison);
  const chosen = paths.find((each) => each === path) ?? paths[0];
  if (chosen === undefined) return null;
  return (
    <section className="block" aria-label="Code that differs">
      <div className="spread wraps">
        <h2>Code that differs</h2>
        <Select
          aria-label="File of the code to compare"
          data={[...paths]}
          value={chosen}
          onChange={(next) => next !== null && onPath(next)}
          allowDeselect={false}
          searchable
          w={260}
        />
      </div>
      <Versions key={chosen} path={chosen} refs={refs.slice(0, MOST)} />
      {refs.length > MOST && (
        <p className="small quiet">
          The first {MOST} of {refs.length}; the table above has the hashes of all.
        </p>
      )}
    </section>
  );
}

function Versions({ path, refs }: { readonly path: string; readonly refs: readonly string[] }): ReactElement {
  const { ref } = useProject();
  const found = useQueries({
    queries: refs.map((subject) => ({
      ...read("/api/v0/projects/:project/records/:ref/code/text/", {
        params: { project: ref, ref: subject },
        query: { path },
      }),
      // A version of the code never changes; a file that it lacks is not there the second time either.
      gcTime: 60_000,
      retry: false,
    })),
  });
  const failed = found.find(({ error }) => error !== null && !isMissing(error));
  if (failed !== undefined) return <Waiting read={failed} />;
  if (found.some(({ isPending }) => isPending))
    return <Waiting read={{ isPending: true, error: null, refetch: leaveIt }} what="the code" />;
  const [first, ...others] = found.map(({ data }) => data);
  return (
    <div className="side-by-side">
      {others.map((other, index) => (
        <figure key={refs[index + 1]} className="beside">
          <figcaption className="small number">
            #{refs[0]} → #{refs[index + 1]}
          </figcaption>
          <Difference before={first} after={other} subjects={[refs[0] ?? "", refs[index + 1] ?? ""]} />
        </figure>
      ))}
    </div>
  );
}

function leaveIt(): void {
  // The reads that are under way end by themselves.
}

function isMissing(error: unknown): boolean {
  return error instanceof Problem && error.status === 404;
}

function Difference({
  before,
  after,
  subjects: [old, now],
}: {
  readonly before: CodeTextView | undefined;
  readonly after: CodeTextView | undefined;
  readonly subjects: readonly [string, string];
}): ReactElement {
  if (before === undefined && after === undefined) return <p className="quiet small">Neither of them has it.</p>;
  if (before?.sha256 === after?.sha256 && before?.link === after?.link)
    return <p className="quiet small">It is equal to that of #{old}.</p>;
  const [left, right] = [textOf(before), textOf(after)];
  if (left === undefined || right === undefined)
    return (
      <p className="quiet small">
        It is no text: {sizeText(before)} before, {sizeText(after)} after.
      </p>
    );
  const lines = unifiedDiff(left, right);
  const note =
    before === undefined ? `#${old} has no such file.` : after === undefined ? `#${now} has no such file.` : undefined;
  return (
    <>
      {lines === undefined ? (
        <p className="quiet small">The two have too little in common to be shown line by line.</p>
      ) : lines.length === 0 ? (
        <p className="quiet small">What is shown of them is equal.</p>
      ) : (
        <DiffText lines={lines} />
      )}
      {note !== undefined && <p className="quiet small">{note}</p>}
      {(before?.isCut === true || after?.isCut === true) && (
        <p className="quiet small">The first {formatSize(256 * 1024)} of each.</p>
      )}
    </>
  );
}

/** A link is told by where it leads; what is not there is nothing. */
function textOf(file: CodeTextView | undefined): string | undefined {
  if (file === undefined) return "";
  return file.link === undefined ? (file.text ?? undefined) : `→ ${file.link}\n`;
}

function sizeText(file: CodeTextView | undefined): string {
  return file === undefined ? "nothing" : file.sizeBytes === null ? "a link" : formatSize(file.sizeBytes);
}
