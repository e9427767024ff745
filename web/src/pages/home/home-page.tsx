import "../../styles/home.css";
import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { readKept } from "../../api/queries.ts";
import { Page } from "../../frame/page.tsx";
import { useProject } from "../../frame/use-project.ts";
import { NothingRan } from "../../shared/nothing-ran.tsx";
import { Waiting } from "../../shared/notices.tsx";
import { FailedRuns } from "./failed-runs.tsx";
import { LastResults } from "./last-results.tsx";
import { RunList } from "./run-list.tsx";

/** The work that runs, waits for somebody or has failed, and the state of each pipeline. */
export function HomePage(): ReactElement {
  const { ref, project } = useProject();
  const runs = useQuery(
    readKept("/api/v0/projects/:project/runs/", {
      params: { project: ref },
      query: { limit: 200, columns: ["metadata.*"] },
    }),
  );
  const rows = runs.data?.items;
  if (rows === undefined)
    return (
      <Page title={project.name}>
        <Waiting read={runs} what="the runs" />
      </Page>
    );
  if (rows.length === 0)
    return (
      <Page title={project.name}>
        <NothingRan />
      </Page>
    );
  const active = rows.filter(({ state }) => ["created", "queued", "started", "stopping"].includes(state));
  const waiting = active.filter(({ approvals }) => approvals > 0);
  const running = active.filter(({ approvals }) => approvals === 0);
  return (
    <Page title={project.name}>
      {waiting.length > 0 && <RunList title="Wait for an approval" runs={waiting} />}
      {running.length > 0 ? (
        <RunList title="Running" runs={running} />
      ) : (
        <p className="quiet small">Nothing runs at the moment.</p>
      )}
      <FailedRuns runs={rows} />
      <LastResults runs={rows} />
    </Page>
  );
}
