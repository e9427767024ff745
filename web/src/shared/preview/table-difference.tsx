import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Waiting } from "../notices.tsx";
import { FilePreview, type ShownFile } from "./file-preview.tsx";
import { tableChanges } from "./table-changes.ts";

export interface TableDifferenceProps {
  readonly before: ShownFile;
  readonly after: ShownFile;
  /** Names the first table. */
  readonly of: string;
}

/** Two tables by the figures of their columns: a row for each figure that is not the same in both. */
export function TableDifference({ before, after, of }: TableDifferenceProps): ReactElement {
  const [old, now] = [useTable(before), useTable(after)];
  // A file that cannot be read as a table says so itself.
  if (old.error !== null || now.error !== null) return <FilePreview file={after} />;
  if (old.data === undefined) return <Waiting read={old} what="the table" />;
  if (now.data === undefined) return <Waiting read={now} what="the table" />;
  const changes = tableChanges(old.data, now.data);
  return (
    <>
      {changes.length === 0 ? (
        <p className="quiet small">The figures of all columns are equal; single values differ.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <section className="table-frame preview-table" tabIndex={0} aria-label={`Changes of ${after.name}`}>
          <table className="table figures">
            <thead>
              <tr>
                <th>Column</th>
                <th>Figure</th>
                <th className="number">{of}</th>
                <th className="number">here</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ column, figure, before: was, after: is }) => (
                <tr key={`${column} ${figure}`}>
                  <td className="name breaks">{column}</td>
                  <td className="soft">{figure}</td>
                  <td className="number removed-text">{was}</td>
                  <td className="number added-text">{is}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <p className="quiet small">Compared with that of {of}.</p>
    </>
  );
}

function useTable({ id }: ShownFile) {
  const { ref } = useProject();
  const table = read("/api/v0/projects/:project/files/:file/table/", { params: { project: ref, file: id } });
  return useQuery({ ...table, retry: false });
}
