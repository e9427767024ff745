import { type ReactElement, useState } from "react";

export interface JsonTreeProps {
  readonly value: unknown;
  readonly name?: string;
  readonly isOpen?: boolean;
  readonly depth?: number;
}

/** So many parts at first; a list may have a million. */
const MOST = 100;
/** Records of few parts stand open down to here. */
const OPEN_DEPTH = 2;
const FEW = 20;

/** A value of JSON, part by part; each record and list opens by a click. */
export function JsonTree({ value, name, isOpen = false, depth = 0 }: JsonTreeProps): ReactElement {
  const [open, setOpen] = useState(isOpen);
  const [most, setMost] = useState(MOST);
  if (typeof value !== "object" || value === null)
    return (
      <div className="json-line">
        <Name name={name} />
        <span className={`json-${value === null ? "null" : typeof value}`}>{JSON.stringify(value)}</span>
      </div>
    );
  const isList = Array.isArray(value);
  const parts = Object.entries(value);
  const [begin, end] = isList ? ["[", "]"] : ["{", "}"];
  if (parts.length === 0)
    return (
      <div className="json-line">
        <Name name={name} />
        {begin + end}
      </div>
    );
  return (
    <div>
      <button type="button" className="json-line json-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="json-arrow" aria-hidden="true">
          {open ? "▾" : "▸"}
        </span>
        <Name name={name} />
        {open ? begin : `${begin} … ${end}`}
        <span className="quiet"> {parts.length}</span>
      </button>
      {open && (
        <div className="json-parts">
          {parts.slice(0, most).map(([key, part]) => (
            <JsonTree
              key={key}
              value={part}
              name={isList ? "" : key}
              depth={depth + 1}
              isOpen={depth + 1 < OPEN_DEPTH && sizeOf(part) <= FEW}
            />
          ))}
          {parts.length > most && (
            <button type="button" className="link" onClick={() => setMost(most + 10 * MOST)}>
              {parts.length - most} more
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Name({ name }: { readonly name: string | undefined }): ReactElement | null {
  if (name === undefined || name === "") return null;
  return <span className="json-name">{name}: </span>;
}

function sizeOf(value: unknown): number {
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}
