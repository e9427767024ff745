import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import type { TableView } from "../../../../src/api/index.ts";
import { formatSize, grouped } from "../../../../src/views/index.ts";
import { problemOf } from "../../api/problem.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Failed, Loading, sentence } from "../notices.tsx";
import { DelimitedTable } from "./delimited-table.tsx";
import type { PreviewProps } from "./file-preview.tsx";
import { isPacked } from "./kind-of.ts";
import { TableColumns } from "./table-columns.tsx";
import { TableRows } from "./table-rows.tsx";
import { TextPreview } from "./text-preview.tsx";

/** A table: its first rows below the shape of each column, and the columns in figures. */
export function TablePreview({ file }: PreviewProps): ReactElement {
  const { ref } = useProject();
  const table = useQuery({
    ...read("/api/v0/projects/:project/files/:file/table/", { params: { project: ref, file: file.id } }),
    retry: false,
  });
  if (table.data !== undefined) return <Loaded table={table.data} name={file.name} />;
  if (table.error === null) return <Loading what="the table" />;
  const { code, message } = problemOf(table.error);
  if (code === "HR_PACKAGE_MISSING" && /\.(?:csv|tsv)$/i.test(file.name)) return <DelimitedTable file={file} />;
  if (isPacked(file.name) || /\.(?:parquet|pq)$/i.test(file.name))
    return <Failed error={table.error} retry={table.refetch} />;
  return (
    <>
      <p className="small soft breaks">{sentence(message)} Here is its text:</p>
      <TextPreview file={file} />
    </>
  );
}

type View = "rows" | "columns";

function Loaded({ table, name }: { readonly table: TableView; readonly name: string }): ReactElement {
  const [view, setView] = useState<View>("rows");
  return (
    <div className="stack tight">
      <div className="spread wraps">
        <Caption table={table} />
        <SegmentedControl
          aria-label={`View of ${name}`}
          data={[
            { value: "rows", label: "Rows" },
            { value: "columns", label: "Columns" },
          ]}
          value={view}
          onChange={(chosen) => setView(chosen as View)}
        />
      </div>
      {view === "rows" ? <TableRows table={table} /> : <TableColumns table={table} />}
    </div>
  );
}

/** As much of a text file is looked at (src/services/data/table-of-file.ts). */
const PART_BYTES = 16 * 1024 * 1024;

function Caption({ table }: { readonly table: TableView }): ReactElement {
  const { rows, profiledRows, columnCount, columns, isPart } = table;
  const limits = [
    ...(isPart ? [`the first ${formatSize(PART_BYTES)} of the file`] : []),
    ...(profiledRows < rows ? [`columns described by the first ${grouped(profiledRows)} rows`] : []),
    ...(columns.length < columnCount ? [`the first ${columns.length} columns`] : []),
  ];
  return (
    <p className="small soft">
      {grouped(rows)} {rows === 1 ? "row" : "rows"} × {grouped(columnCount)} {columnCount === 1 ? "column" : "columns"}
      {limits.length > 0 && <span className="quiet"> · {limits.join(" · ")}</span>}
    </p>
  );
}
