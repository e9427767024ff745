import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ListedFileView } from "../../../../src/api/index.ts";
import { useProject } from "../../frame/use-project.ts";
import { Ago, Size } from "../../shared/amounts.tsx";
import { Copy } from "../../shared/command.tsx";
import type { DataSearch } from "./data-search.ts";
import { tagsOf } from "./tags.ts";

export interface FilesTableProps {
  readonly rows: readonly ListedFileView[];
  readonly sort: DataSearch["sort"];
  readonly onSort: (sort: DataSearch["sort"]) => void;
}

/** Stored files: where each was made and used, how large it is, what it is known by. */
export function FilesTable({ rows, sort, onSort }: FilesTableProps): ReactElement {
  return (
    <div className="table-frame">
      <table className="table">
        <thead>
          <tr>
            <th aria-sort={sort === "name:asc" ? "ascending" : sort === "name:desc" ? "descending" : "none"}>
              <button type="button" onClick={() => onSort(sort === "name:asc" ? "name:desc" : "name:asc")}>
                Name
              </button>
            </th>
            <th>Made by</th>
            <th className="number">Run</th>
            <th className="number">Used by</th>
            <th className="number">Size</th>
            <th>SHA-256</th>
            <th
              className="number"
              aria-sort={sort === undefined ? "descending" : sort === "created:asc" ? "ascending" : "none"}
            >
              <button type="button" onClick={() => onSort(sort === undefined ? "created:asc" : undefined)}>
                Stored
              </button>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((file) => (
            <Row key={file.id} file={file} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ file }: { readonly file: ListedFileView }): ReactElement {
  const { id, name, node, execution, run, usedBy, sizeBytes, sha256, createdAt, properties } = file;
  const { address } = useProject();
  return (
    <tr>
      <td className="name breaks">
        <Link to="/p/$owner/$name/data/$file" params={{ ...address, file: id }}>
          {name}
        </Link>
        {tagsOf(properties).map((tag) => (
          <span key={tag}>
            {" "}
            <span className="tag">{tag}</span>
          </span>
        ))}
      </td>
      <td className="clip">
        {execution === null ? (
          <span className="quiet">from outside</span>
        ) : (
          <Link to="/p/$owner/$name/executions/$execution" params={{ ...address, execution: String(execution) }}>
            <span className="quiet number">#{execution}</span> {node}
          </Link>
        )}
      </td>
      <td className="number">
        {run === null ? (
          <span className="quiet">–</span>
        ) : (
          <Link to="/p/$owner/$name/runs/$run" params={{ ...address, run: String(run) }}>
            #{run}
          </Link>
        )}
      </td>
      <td className="number">
        {usedBy === 0 ? (
          <span className="quiet">–</span>
        ) : (
          <Link
            to="/p/$owner/$name/lineage"
            params={address}
            search={{ datum: id, direction: "down", depth: "1", view: "list" }}
            aria-label={`Used by ${usedBy}`}
          >
            {usedBy}
          </Link>
        )}
      </td>
      <td className="number">
        <Size bytes={sizeBytes} />
      </td>
      <td>
        <span className="row tight nowrap">
          <code className="code soft">{sha256.slice(0, 10)}</code>
          <Copy text={sha256} what={`the SHA-256 of ${name}`} />
        </span>
      </td>
      <td className="number">
        <Ago at={createdAt} />
      </td>
    </tr>
  );
}
