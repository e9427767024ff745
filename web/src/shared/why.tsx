import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { WhyView } from "../../../src/api/index.ts";
import { read } from "../api/queries.ts";
import { useProject } from "../frame/use-project.ts";
import { DiffText } from "./diff-text.tsx";
import { sentence, Waiting } from "./notices.tsx";

/** Explains why a node ran, or why it did not have to: field by field, file by file. */
export function WhyText({ record }: { readonly record: string }): ReactElement {
  const { ref } = useProject();
  const why = useQuery({
    ...read("/api/v0/projects/:project/records/:ref/why/", {
      params: { project: ref, ref: record },
      query: { limit: 1 },
    }),
    retry: false,
  });
  const reason = why.data?.items[0];
  if (why.data === undefined) return <Waiting read={why} />;
  return reason === undefined ? <p className="small quiet">Nothing is recorded.</p> : <Reason why={reason} />;
}

function Reason({ why }: { readonly why: WhyView }): ReactElement {
  const { address } = useProject();
  // A change that the text has told already is told again only for its lines.
  const changes = why.changes.filter(({ text, diff }) => (diff ?? []).length > 0 || !why.text.includes(text));
  return (
    <div className="stack small">
      <p className="breaks">{sentence(why.text)}</p>
      {why.comparedWith !== null && (
        <p className="quiet">
          Compared with{" "}
          <Link
            to="/p/$owner/$name/executions/$execution"
            params={{ ...address, execution: String(why.comparedWith) }}
            className="plain-link"
          >
            #{why.comparedWith}
          </Link>
          {why.code !== null && `; ${why.code}`}
        </p>
      )}
      {changes.map(({ kind, name, text, diff }) => (
        <div key={`${kind} ${name}`} className="stack">
          <span className="breaks">{sentence(text)}</span>
          {diff !== null && diff.length > 0 && <DiffText lines={diff} />}
        </div>
      ))}
      {why.notes.map((note) => (
        <p key={note} className="quiet breaks">
          {sentence(note)}
        </p>
      ))}
    </div>
  );
}
