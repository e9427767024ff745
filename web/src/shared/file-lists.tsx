import { Link } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import type { DatumView, InputFileView } from "../../../src/api/index.ts";
import { useProject } from "../frame/use-project.ts";
import { Size } from "./amounts.tsx";

/** At first; a step may make very many files. */
const MOST = 30;

function FileLink({ id, name }: { readonly id: string; readonly name: string }): ReactElement {
  const { address } = useProject();
  return (
    <Link to="/p/$owner/$name/data/$file" params={{ ...address, file: id }} className="clip" title={name}>
      {name}
    </Link>
  );
}

export function FileList({
  files,
  none,
}: {
  readonly files: readonly DatumView[];
  readonly none: string;
}): ReactElement {
  const [most, setMost] = useState(MOST);
  if (files.length === 0) return <p className="small quiet">{none}</p>;
  return (
    <ul className="files">
      {files.slice(0, most).map(({ id, name, sizeBytes }) => (
        <li key={id}>
          <FileLink id={id} name={name} />
          <Size bytes={sizeBytes} />
        </li>
      ))}
      {files.length > most && <More count={files.length - most} onClick={() => setMost(most + 300)} />}
    </ul>
  );
}

/** Input files with the execution that made each. */
export function InputList({ files }: { readonly files: readonly InputFileView[] }): ReactElement {
  const { address } = useProject();
  const [most, setMost] = useState(MOST);
  if (files.length === 0) return <p className="small quiet">It was given no files.</p>;
  return (
    <ul className="files">
      {files.slice(0, most).map(({ input, name, datum, sizeBytes, madeBy, uri }) => (
        <li key={`${input}/${name}`}>
          <span className="quiet">{input}</span>
          <FileLink id={datum} name={name} />
          {madeBy === null ? (
            <span className="quiet clip" title={uri}>
              {uri.startsWith("datum:") ? "" : uri}
            </span>
          ) : (
            <Link
              to="/p/$owner/$name/executions/$execution"
              params={{ ...address, execution: String(madeBy.execution) }}
              className="quiet"
            >
              of {madeBy.node} #{madeBy.execution}
            </Link>
          )}
          <Size bytes={sizeBytes} />
        </li>
      ))}
      {files.length > most && <More count={files.length - most} onClick={() => setMost(most + 300)} />}
    </ul>
  );
}

function More({ count, onClick }: { readonly count: number; readonly onClick: () => void }): ReactElement {
  return (
    <li>
      <button type="button" className="link" onClick={onClick}>
        {count} more
      </button>
    </li>
  );
}
