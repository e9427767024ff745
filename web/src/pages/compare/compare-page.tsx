import "../../styles/compare.css";
import { Button, Switch } from "@mantine/core";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import type { ComparisonView } from "../../../../src/api/index.ts";
import { usePages } from "../../api/queries.ts";
import { Page } from "../../frame/page.tsx";
import { useProject } from "../../frame/use-project.ts";
import { CommandText } from "../../shared/command.tsx";
import { Empty, Waiting } from "../../shared/notices.tsx";
import { compareSearch } from "./compare-search.ts";
import { ComparedCode } from "./compared-code.tsx";
import { ComparedCurves } from "./compared-curves.tsx";
import { ComparedFiles } from "./compared-files.tsx";
import { ComparedSection, SubjectHeads } from "./compared-section.tsx";
import { ManyValues } from "./many-values.tsx";

const route = getRouteApi("/p/$owner/$name/runs/compare");

/** Runs or executions side by side: what differs, and the course of their metrics over each other. */
export function ComparePage(): ReactElement {
  const { refs } = route.useSearch();
  const { address } = useProject();
  if (refs === undefined || refs.length < 2)
    return (
      <Page title="Compare">
        <Empty title="Nothing is chosen to be compared" command="headrace compare 12 15">
          Choose two or more rows in the list of{" "}
          <Link to="/p/$owner/$name/runs" params={address}>
            runs
          </Link>
          , or on the command line:
        </Empty>
      </Page>
    );
  return <Chosen refs={refs} />;
}

function Chosen({ refs }: { readonly refs: readonly string[] }): ReactElement {
  const { ref, address } = useProject();
  const comparison = usePages("/api/v0/projects/:project/compare/", {
    params: { project: ref },
    query: { refs: [...refs], limit: NODES_AT_ONCE },
  });
  const crumb = (
    <Link to="/p/$owner/$name/runs" params={address}>
      Runs
    </Link>
  );
  const [first] = comparison.data?.pages ?? [];
  if (comparison.data === undefined || first === undefined)
    return (
      <Page title="Compare" crumb={crumb}>
        <Waiting read={comparison} what="the comparison" />
      </Page>
    );
  return (
    <Page title={`Compare ${refs.map((each) => `#${each}`).join(", ")}`} crumb={crumb}>
      <Compared
        comparison={{
          subjects: first.subjects,
          missing: comparison.data.pages.flatMap(({ missing }) => missing),
          sections: comparison.data.pages.flatMap(({ sections }) => sections),
        }}
        refs={refs}
        more={
          comparison.hasNextPage && (
            <Button
              variant="default"
              loading={comparison.isFetchingNextPage}
              onClick={() => comparison.fetchNextPage()}
            >
              More nodes
            </Button>
          )
        }
      />
    </Page>
  );
}

/** Nodes whose facts are asked for together. */
const NODES_AT_ONCE = 200;

interface ComparedProps {
  readonly comparison: ComparisonView;
  readonly refs: readonly string[];
  /** The row that shows the nodes that have not been read. */
  readonly more: ReactNode;
}

function Compared({ comparison, refs, more }: ComparedProps): ReactElement {
  const search = route.useSearch();
  const { all, x, y, file, code } = search;
  const { address } = useProject();
  const navigate = useNavigate();
  const { subjects, sections, missing } = comparison;
  const change = (changed: object): void => {
    const next = compareSearch({ ...search, ...changed });
    void navigate({ to: "/p/$owner/$name/runs/compare", params: address, search: next, replace: true });
  };
  const shown = sections
    .map((section) => ({ ...section, rows: all === true ? section.rows : section.rows.filter((row) => row.differs) }))
    .filter(({ rows }) => rows.length > 0);
  return (
    <>
      <div className="filters">
        <Switch
          label="also what is equal"
          checked={all === true}
          onChange={(event) => {
            change({ all: event.currentTarget.checked });
          }}
        />
      </div>
      {missing.map(({ node, subjects: lack }) => (
        <p key={node} className="warning-text">
          {node} is not in {lack.map((number) => `#${number}`).join(", ")}, or was not executed there.
        </p>
      ))}
      {shown.length === 0 ? (
        <Empty title="They do not differ in anything that is recorded" />
      ) : (
        <div className="table-frame">
          <table className="table compared">
            <SubjectHeads subjects={subjects} />
            {shown.map((section) => (
              <ComparedSection key={`${section.node}:${section.title}`} section={section} width={subjects.length} />
            ))}
          </table>
        </div>
      )}
      {more}
      <ManyValues comparison={comparison} x={x} y={y} onAxes={change} />
      <ComparedCurves refs={refs} />
      <ComparedFiles comparison={comparison} refs={refs} file={file} onFile={(chosen) => change({ file: chosen })} />
      <ComparedCode comparison={comparison} refs={refs} path={code} onPath={(chosen) => change({ code: chosen })} />
      <CommandText command={`headrace compare ${refs.join(" ")}`} />
    </>
  );
}
