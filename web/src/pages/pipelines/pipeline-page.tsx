import "../../styles/pipeline.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense } from "react";
import { readKept } from "../../api/queries.ts";
import { Page } from "../../frame/page.tsx";
import { useProject } from "../../frame/use-project.ts";
import { Empty, Loading, Waiting } from "../../shared/notices.tsx";
import { HistoryGrid } from "./history-grid.tsx";
import { StartLink } from "./pipelines-page.tsx";

const route = getRouteApi("/p/$owner/$name/pipelines/$pipeline");
const PipelineGraph = lazy(() => import("./pipeline-graph.tsx"));

/** As many of the newest runs are columns of the history. */
const RUNS = 24;

/** A pipeline as the file has it now, and how each of its nodes fared in the runs before. */
export function PipelinePage(): ReactElement {
  const { pipeline } = route.useParams();
  const { ref, address, mayWrite } = useProject();
  const graph = useQuery(
    readKept("/api/v0/projects/:project/configuration/graph/", { params: { project: ref }, query: { pipeline } }),
  );
  const runs = useQuery(
    readKept("/api/v0/projects/:project/runs/", { params: { project: ref }, query: { name: pipeline, limit: RUNS } }),
  );
  return (
    <Page
      title={pipeline}
      crumb={
        <Link to="/p/$owner/$name/pipelines" params={address}>
          Pipelines
        </Link>
      }
      actions={mayWrite && <StartLink kind="pipeline" target={pipeline} />}
    >
      {graph.data === undefined ? (
        <Waiting read={graph} what="the graph" />
      ) : (
        <div className="pipeline-graph">
          <Suspense fallback={<Loading what="the graph" />}>
            <PipelineGraph graph={graph.data} />
          </Suspense>
        </div>
      )}
      <section className="block">
        <h2>History</h2>
        {runs.data === undefined ? (
          <Waiting read={runs} what="the runs" />
        ) : runs.data.items.length === 0 ? (
          <Empty title="This pipeline has not run yet" command={`headrace run ${pipeline}`} />
        ) : (
          <HistoryGrid runs={runs.data.items} nodes={graph.data?.nodes.map(({ name }) => name) ?? []} />
        )}
      </section>
    </Page>
  );
}
