import "../../styles/run.css";
import "../../styles/lineage.css";
import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense, useMemo } from "react";
import type { LineageView } from "../../../../src/api/index.ts";
import { foldLineage, groupOf, plural } from "../../../../src/views/index.ts";
import { readKept } from "../../api/queries.ts";
import { Page } from "../../frame/page.tsx";
import { useProject } from "../../frame/use-project.ts";
import { Empty, Loading, Waiting } from "../../shared/notices.tsx";
import { LineageList } from "./lineage-list.tsx";
import { LineagePanel } from "./lineage-panel.tsx";
import { type LineageSearch, lineageSearch, USUAL_DEPTH } from "./lineage-search.ts";
import { useStart } from "./lineage-start.tsx";

const route = getRouteApi("/p/$owner/$name/lineage");
const LineageGraph = lazy(() => import("./lineage-graph.tsx"));

/** A larger graph is looked at by its depth, or from another start. */
const MOST_NODES = 2_000;

/** From a file, an execution or a run back to its sources and forward to what was made of it. */
export function LineagePage(): ReactElement {
  const search = route.useSearch();
  const { datum, execution, run, direction, depth } = search;
  const { ref } = useProject();
  const isAsked = datum !== undefined || execution !== undefined || run !== undefined;
  const lineage = useQuery({
    ...readKept("/api/v0/projects/:project/lineage/", {
      params: { project: ref },
      query: {
        ...(datum !== undefined
          ? { datum: [datum] }
          : execution !== undefined
            ? { execution }
            : run !== undefined && { run }),
        ...(direction !== undefined && { direction }),
        ...(depth !== "all" && { depth: Number(depth ?? USUAL_DEPTH) }),
        limit: MOST_NODES,
      },
    }),
    enabled: isAsked,
    retry: false,
  });
  if (!isAsked) return <NoStart />;
  if (lineage.data === undefined)
    return (
      <Page title="Lineage" crumb={<DataCrumb />}>
        <Waiting read={lineage} what="the lineage" />
      </Page>
    );
  return <Loaded lineage={lineage.data} />;
}

function DataCrumb(): ReactElement {
  const { address } = useProject();
  return (
    <Link to="/p/$owner/$name/data" params={address}>
      Data
    </Link>
  );
}

function NoStart(): ReactElement {
  const { address } = useProject();
  return (
    <Page title="Lineage" crumb={<DataCrumb />}>
      <Empty title="Lineage of what?">
        Choose a file in{" "}
        <Link to="/p/$owner/$name/data" params={address}>
          the list of files
        </Link>{" "}
        and press Lineage there; the pages of executions and runs have it as well.
      </Empty>
    </Page>
  );
}

/** Changes what the address says of the page. */
function useChange(): (changed: { readonly [K in keyof LineageSearch]?: LineageSearch[K] | undefined }) => void {
  const search = route.useSearch();
  const { address } = useProject();
  const navigate = useNavigate();
  return (changed) =>
    void navigate({
      to: "/p/$owner/$name/lineage",
      params: address,
      search: lineageSearch({ ...search, ...changed }),
      replace: true,
    });
}

function Loaded({ lineage }: { readonly lineage: LineageView }): ReactElement {
  const search = route.useSearch();
  const change = useChange();
  const { open, at } = search;
  const options = useMemo(() => ({ open: new Set(open ?? []), apart: new Set(lineage.start) }), [open, lineage.start]);
  const folded = useMemo(() => foldLineage(lineage, options), [lineage, options]);
  const selected = folded.nodes.find(({ id }) => id === at);
  const start = useStart(lineage, search);
  const select = (id: string | undefined): void => change({ at: id });
  return (
    <Page
      title={`Lineage of ${start.name}`}
      heading={
        <>
          <span className="quiet">Lineage of </span>
          {start.link}
        </>
      }
      crumb={<DataCrumb />}
      facts={<Counts lineage={lineage} />}
      actions={<Controls />}
      fills={search.view !== "list"}
    >
      {lineage.truncated && <More lineage={lineage} />}
      {lineage.edges.length === 0 ? (
        <NothingAround name={start.name} />
      ) : search.view === "list" ? (
        <LineageList lineage={lineage} />
      ) : (
        <div className={selected === undefined ? "run-body" : "run-body with-panel"}>
          <Suspense fallback={<Loading what="the graph" />}>
            <LineageGraph folded={folded} start={lineage.start} selected={selected?.id} onSelect={select} />
          </Suspense>
          {selected !== undefined && (
            <LineagePanel
              node={selected}
              group={selected.members.length === 1 ? groupOf(lineage, selected.id, options)?.id : undefined}
              onClose={() => select(undefined)}
              onOpen={(group) => change({ open: [...(open ?? []), group], at: undefined })}
              onFold={(group) => change({ open: (open ?? []).filter((id) => id !== group), at: group })}
            />
          )}
        </div>
      )}
    </Page>
  );
}

function Counts({ lineage: { nodes } }: { readonly lineage: LineageView }): ReactElement {
  const files = nodes.filter(({ kind }) => kind === "file").length;
  const executions = nodes.flatMap((node) => (node.kind === "execution" ? node : []));
  const commits = new Set(executions.map(({ commit }) => commit)).size;
  return (
    <>
      <span className="number">{plural(files, "file")}</span>
      <span className="number">{plural(executions.length, "execution")}</span>
      <span className="number">{plural(commits, "version")} of the code</span>
    </>
  );
}

const DIRECTIONS = [
  { value: "up", label: "Sources" },
  { value: "both", label: "Both" },
  { value: "down", label: "Uses" },
];
const DEPTHS = ["1", "2", "3", "5", "all"];
const VIEWS = [
  { value: "graph", label: "Graph" },
  { value: "list", label: "List" },
];

function Controls(): ReactElement {
  const { direction, depth, view } = route.useSearch();
  const change = useChange();
  return (
    <>
      <SegmentedControl
        aria-label="Direction"
        data={DIRECTIONS}
        value={direction ?? "both"}
        onChange={(value) => change({ direction: value === "both" ? undefined : (value as "up" | "down") })}
      />
      <span className="row tight">
        <span className="small soft" id="depth">
          Steps
        </span>
        <SegmentedControl
          aria-labelledby="depth"
          data={DEPTHS}
          value={depth ?? String(USUAL_DEPTH)}
          onChange={(value) =>
            change({ depth: value === String(USUAL_DEPTH) ? undefined : (value as NonNullable<typeof depth>) })
          }
        />
      </span>
      <SegmentedControl
        aria-label="View"
        data={VIEWS}
        value={view ?? "graph"}
        onChange={(value) => change({ view: value === "list" ? "list" : undefined })}
      />
    </>
  );
}

/** Says how much is left out, with the way to it. */
function More({ lineage: { nodes } }: { readonly lineage: LineageView }): ReactElement {
  const { depth } = route.useSearch();
  const change = useChange();
  if (nodes.length >= MOST_NODES)
    return (
      <p className="small soft" role="status">
        There is more than {plural(MOST_NODES, "node")}. Show fewer steps, or one direction; or begin at another file.
      </p>
    );
  return (
    <p className="small soft" role="status">
      The lineage goes on beyond {plural(Number(depth ?? USUAL_DEPTH), "step")}.{" "}
      <button type="button" className="link" onClick={() => change({ depth: "all" })}>
        Show all of it
      </button>
    </p>
  );
}

function NothingAround({ name }: { readonly name: string }): ReactElement {
  const { direction } = route.useSearch();
  const change = useChange();
  if (direction !== undefined)
    return (
      <Empty title={direction === "up" ? `Nothing went into ${name}` : `Nothing was made of ${name} yet`}>
        <button type="button" className="link" onClick={() => change({ direction: undefined })}>
          Look in both directions
        </button>
      </Empty>
    );
  return (
    <Empty title={`${name} came from outside, and no execution has received it yet`}>
      Its lineage grows with the first execution that has it as an input.
    </Empty>
  );
}
