import "../../styles/run.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense, useMemo } from "react";
import type { NodeView, RunRecordView } from "../../../../src/api/index.ts";
import { read } from "../../api/queries.ts";
import { Page } from "../../frame/page.tsx";
import { useProject } from "../../frame/use-project.ts";
import { useNow } from "../../shared/amounts.tsx";
import { LineageButton } from "../../shared/lineage-button.tsx";
import { Empty, Loading, Waiting } from "../../shared/notices.tsx";
import { Failures } from "./failures.tsx";
import { flowsOf } from "./flows.ts";
import { NodeList } from "./node-list.tsx";
import { NodePanel } from "./node-panel.tsx";
import { RunActions } from "./run-actions.tsx";
import { RunFacts, RunHeading } from "./run-facts.tsx";
import { useRunLive } from "./run-live.ts";
import { type RunSearch, runSearch } from "./run-search.ts";
import { type ShownNode, shownNodes } from "./shown-node.ts";
import { TimeLine } from "./time-line.tsx";
import { useRunKeys } from "./use-run-keys.ts";

const route = getRouteApi("/p/$owner/$name/runs/$run");
const RunGraph = lazy(() => import("./run-graph.tsx"));

/** The largest page of nodes that the API gives; a run of more shows these. */
const MOST_NODES = 10_000;

/** A run: its graph as it happens, its time line, and the panel of the node that is selected. */
export function RunPage(): ReactElement {
  const { run: number } = route.useParams();
  const { ref } = useProject();
  const params = { project: ref, run: number };
  const run = useQuery(read("/api/v0/projects/:project/runs/:run/", { params }));
  const nodes = useQuery(read("/api/v0/projects/:project/runs/:run/nodes/", { params, query: { limit: MOST_NODES } }));
  useRunKeys(Number(number));
  if (run.data === undefined || nodes.data === undefined)
    return (
      <Page title={`Run ${number}`} crumb={<RunsCrumb />}>
        <Waiting read={run.data === undefined ? run : nodes} what="the run" />
      </Page>
    );
  return <LoadedRun run={run.data} nodes={nodes.data.items} />;
}

function RunsCrumb(): ReactElement {
  const { address } = useProject();
  return (
    <Link to="/p/$owner/$name/runs" params={address}>
      Runs
    </Link>
  );
}

function LoadedRun({ run, nodes }: { readonly run: RunRecordView; readonly nodes: readonly NodeView[] }): ReactElement {
  const search = route.useSearch();
  const { address, ref } = useProject();
  const navigate = useNavigate();
  const { live, version } = useRunLive(run.id);
  const now = useNow("minutes");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the live state is changed in place; `version` stands for it
  const shown = useMemo(() => shownNodes(nodes, live, now), [nodes, live, version, now]);
  const graph = useQuery({
    ...read("/api/v0/projects/:project/configuration/graph/", {
      params: { project: ref },
      query: { pipeline: run.name },
    }),
    enabled: run.kind === "pipeline",
    retry: false,
  });
  const flows = useMemo(() => flowsOf(nodes, graph.data), [nodes, graph.data]);
  const state = live.state === "" ? run.state : live.state;
  const change = (changed: { readonly [K in keyof RunSearch]?: RunSearch[K] | undefined }): void => {
    const next = runSearch({ ...search, ...changed });
    void navigate({
      to: "/p/$owner/$name/runs/$run",
      params: { ...address, run: String(run.number) },
      search: next,
      replace: true,
    });
  };
  const select = (node: string | undefined): void => change({ node });
  const selected = shown.find(({ name }) => name === search.node);
  return (
    <Page
      title={`#${run.number} ${run.title ?? run.name}`}
      heading={<RunHeading run={run} state={state} />}
      crumb={<RunsCrumb />}
      facts={<RunFacts run={run} state={state} nodes={shown} />}
      actions={
        <>
          <LineageButton search={{ run: String(run.number) }} />
          <RunActions run={run} state={state} />
        </>
      }
      fills
    >
      <Failures run={run} state={state} nodes={shown} />
      <Tabs run={run.number} search={search} />
      <div className={selected === undefined ? "run-body" : "run-body with-panel"}>
        <RunView {...{ search, shown, flows, select, change }} run={run} />
        {selected !== undefined && <NodePanel node={selected} run={run.number} onClose={() => select(undefined)} />}
      </div>
    </Page>
  );
}

interface RunViewProps {
  readonly run: RunRecordView;
  readonly search: RunSearch;
  readonly shown: readonly ShownNode[];
  readonly flows: ReturnType<typeof flowsOf>;
  readonly select: (node: string | undefined) => void;
  readonly change: (changed: Pick<RunSearch, "groups" | "open">) => void;
}

function RunView({ run, search, shown, flows, select, change }: RunViewProps): ReactElement {
  if (shown.length === 0)
    return <Empty title="This run has no nodes yet">They appear here as they are recorded.</Empty>;
  if (search.view === "time") return <TimeLine run={run} nodes={shown} selected={search.node} onSelect={select} />;
  if (search.view === "list") return <NodeList nodes={shown} selected={search.node} onSelect={select} />;
  return (
    <Suspense fallback={<Loading what="the graph" />}>
      <RunGraph
        nodes={shown}
        flows={flows}
        selected={search.node}
        onSelect={select}
        groups={search.groups}
        open={search.open ?? []}
        onGroups={change}
      />
    </Suspense>
  );
}

function Tabs({ run, search }: { readonly run: number; readonly search: RunSearch }): ReactElement {
  const { address } = useProject();
  const views = [
    [undefined, "Graph"],
    ["time", "Time line"],
    ["list", "Nodes"],
  ] as const;
  return (
    <nav className="tabs" aria-label="Views of the run">
      {views.map(([view, word]) => (
        <Link
          key={word}
          to="/p/$owner/$name/runs/$run"
          params={{ ...address, run: String(run) }}
          search={runSearch({ ...search, view })}
          activeProps={{ className: "" }}
          className={search.view === view ? "active" : ""}
          {...(search.view === view && { "aria-current": "page" })}
          replace
        >
          {word}
        </Link>
      ))}
    </nav>
  );
}
