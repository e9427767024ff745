import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { DatumView, LineageNode } from "../../../../src/api/index.ts";
import { plural } from "../../../../src/views/index.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Ago } from "../../shared/amounts.tsx";
import { Waiting } from "../../shared/notices.tsx";
import { StateMark } from "../../shared/state-mark.tsx";

/** So many executions are named; the lineage has all of them. */
const MOST = 8;
const MOST_NODES = 500;

/** The executions that received it: the next step on. */
export function Uses({ file: { id } }: { readonly file: DatumView }): ReactElement {
  const { ref, address } = useProject();
  const lineage = useQuery(
    read("/api/v0/projects/:project/lineage/", {
      params: { project: ref },
      query: { datum: [id], direction: "down", depth: 1, limit: MOST_NODES },
    }),
  );
  const users = (lineage.data?.nodes ?? []).flatMap((node) => (node.kind === "execution" ? node : []));
  const { truncated = false } = lineage.data ?? {};
  return (
    <section className="block">
      <h2>Where it was used</h2>
      {lineage.data === undefined ? (
        <Waiting read={lineage} what="its uses" />
      ) : users.length === 0 ? (
        <p className="small quiet">No execution has received it.</p>
      ) : (
        <>
          <ul className="files">
            {users.slice(0, MOST).map((user) => (
              <User key={user.id} user={user} />
            ))}
          </ul>
          {users.length > MOST && (
            <p className="small">
              <Link
                to="/p/$owner/$name/lineage"
                params={address}
                search={{ datum: id, direction: "down", depth: "1", view: "list" }}
                className="plain-link"
              >
                {truncated && users.length >= MOST_NODES / 2
                  ? "All of them"
                  : `All ${plural(users.length, "execution")}`}
              </Link>
            </p>
          )}
        </>
      )}
    </section>
  );
}

function User({ user }: { readonly user: LineageNode & { readonly kind: "execution" } }): ReactElement {
  const { address } = useProject();
  const { number, node, run, state, createdAt } = user;
  return (
    <li>
      <StateMark state={state} bare />
      <Link
        to="/p/$owner/$name/executions/$execution"
        params={{ ...address, execution: String(number) }}
        className="clip"
      >
        <span className="quiet number">#{number}</span> {node}
      </Link>
      <Link to="/p/$owner/$name/runs/$run" params={{ ...address, run: String(run) }} className="quiet">
        run #{run}
      </Link>
      <Ago at={createdAt} />
    </li>
  );
}
