import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { DatumView } from "../../../../src/api/index.ts";
import { shortCommit } from "../../../../src/views/index.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { InputList } from "../../shared/file-lists.tsx";
import { Waiting } from "../../shared/notices.tsx";

/** The execution that made it, and the files that went into it: the next step back. */
export function Origin({ file: { execution } }: { readonly file: DatumView }): ReactElement {
  const { ref, address } = useProject();
  const maker = useQuery({
    ...read("/api/v0/projects/:project/executions/:execution/", {
      params: { project: ref, execution: execution ?? 0 },
    }),
    enabled: execution !== null,
  });
  if (execution === null)
    return (
      <section className="block">
        <h2>Where it comes from</h2>
        <p className="small soft">It was fetched from outside as an input.</p>
      </section>
    );
  return (
    <section className="block">
      <h2>Where it comes from</h2>
      <p>
        Made by{" "}
        <Link
          to="/p/$owner/$name/executions/$execution"
          params={{ ...address, execution: String(execution) }}
          className="plain-link"
        >
          <span className="number">#{execution}</span> {maker.data?.node}
        </Link>
        {maker.data !== undefined && (
          <>
            {" "}
            of run{" "}
            <Link
              to="/p/$owner/$name/runs/$run"
              params={{ ...address, run: String(maker.data.run) }}
              className="plain-link"
            >
              #{maker.data.run}
            </Link>
            , from code <code className="code">{shortCommit(maker.data.commit)}</code>
          </>
        )}
      </p>
      {maker.data === undefined ? (
        <Waiting read={maker} what="its execution" />
      ) : (
        <>
          <h3>Files that went into it</h3>
          <InputList files={maker.data.inputs} />
        </>
      )}
    </section>
  );
}
