import { useQuery } from "@tanstack/react-query";
import { Link, Navigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { ownerInAddress } from "../../address-map.ts";
import { read } from "../../api/queries.ts";
import { AccountMenu } from "../../frame/account-menu.tsx";
import { Brand } from "../../frame/brand.tsx";
import { Page } from "../../frame/page.tsx";
import { Ago } from "../../shared/amounts.tsx";
import { Empty, Waiting } from "../../shared/notices.tsx";

/** The projects that one reaches; the only one opens by itself. */
export function ProjectsPage(): ReactElement {
  const projects = useQuery(read("/api/v0/projects/", { query: { limit: 1_000 } }));
  const [first, second] = projects.data?.results ?? [];
  if (first !== undefined && second === undefined)
    return (
      <Navigate
        to="/p/$owner/$name"
        params={{ owner: ownerInAddress(first.owner.username), name: first.name }}
        replace
      />
    );
  return (
    <div className="frame">
      <nav className="side" aria-label="Account">
        <Brand />
        <div className="gap" />
        <AccountMenu />
      </nav>
      <Page title="Projects">
        {projects.data === undefined ? (
          <Waiting read={projects} what="projects" />
        ) : first === undefined ? (
          <Empty title="You are in no project yet" command="headrace serve">
            Ask an administrator to make you a member of one, or serve a folder of your own.
          </Empty>
        ) : (
          <div className="table-frame">
            <table className="table">
              <thead>
                <tr>
                  <th>Project</th>
                  <th>Your role</th>
                  <th className="number">Made</th>
                </tr>
              </thead>
              <tbody>
                {projects.data.results.map(({ id, name, owner: { username }, role, ctime }) => (
                  <tr key={id}>
                    <td className="name">
                      <Link to="/p/$owner/$name" params={{ owner: ownerInAddress(username), name }}>
                        {username !== "" && <span className="quiet">{username} / </span>}
                        {name}
                      </Link>
                    </td>
                    <td>{role}</td>
                    <td className="number">
                      <Ago at={ctime} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Page>
    </div>
  );
}
