import { Button, SegmentedControl } from "@mantine/core";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { Page } from "../../frame/page.tsx";
import { useProject } from "../../frame/use-project.ts";
import { Icon } from "../../shared/icon.tsx";
import { NothingRan } from "../../shared/nothing-ran.tsx";
import { Empty, Waiting } from "../../shared/notices.tsx";
import { ChosenBar } from "./chosen-bar.tsx";
import { ColumnsMenu } from "./columns-menu.tsx";
import { Filters } from "./filters.tsx";
import { RowsTable } from "./rows-table.tsx";
import { type RunsSearch, runsSearch } from "./runs-search.ts";
import { SavedViews } from "./saved-views.tsx";
import { useRows } from "./use-rows.ts";

const route = getRouteApi("/p/$owner/$name/runs");

/** All runs, or all executions: filtered, sorted, any parameter or metric as a column. The address holds it all. */
export function RunsPage(): ReactElement {
  const search = route.useSearch();
  const { address, mayWrite } = useProject();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const { list, rows, columns, known, unknownNames } = useRows(search);
  const change = (changed: RunsSearch): void => {
    void navigate({
      to: "/p/$owner/$name/runs",
      params: address,
      search: runsSearch({ ...search, ...changed }),
      replace: true,
    });
  };
  const isExecutions = search.of === "executions";
  const toggle = (number: number): void => setChosen((before) => new Set([number]).symmetricDifference(before));
  return (
    <Page
      title="Runs"
      fills
      actions={
        mayWrite && (
          <Button
            variant="filled"
            leftSection={<Icon name="play" size={13} />}
            renderRoot={(props) => <Link to="/p/$owner/$name/start" params={address} {...props} />}
          >
            Start a run
          </Button>
        )
      }
    >
      <div className="filters">
        <SegmentedControl
          aria-label="What the rows are"
          data={[
            { value: "runs", label: "Runs" },
            { value: "executions", label: "Executions" },
          ]}
          value={search.of ?? "runs"}
          onChange={(value) => {
            setChosen(new Set());
            change({ of: value === "executions" ? "executions" : undefined } as RunsSearch);
          }}
        />
        <Filters search={search} onChange={change} />
        <ColumnsMenu shown={columns} known={known} onChange={(wanted) => change({ columns: wanted } as RunsSearch)} />
        <SavedViews search={search} />
      </div>
      {unknownNames.length > 0 && (
        <p className="small quiet">No run has a value called {unknownNames.map((name) => `“${name}”`).join(", ")}.</p>
      )}
      {list.data === undefined ? (
        <Waiting read={list} what={isExecutions ? "executions" : "runs"} />
      ) : rows.length === 0 ? (
        <NoRows search={search} onChange={change} />
      ) : (
        <RowsTable
          {...{ rows, columns, chosen, toggle }}
          choose={(all) => setChosen(new Set(all.map(({ number }) => number)))}
          sort={search.sort}
          onSort={(sort) => change({ sort } as RunsSearch)}
          hasMore={list.hasNextPage}
          more={() => void list.fetchNextPage()}
        />
      )}
      {list.data !== undefined && list.error !== null && <Waiting read={{ ...list, isPending: false }} />}
      {chosen.size > 0 && (
        <ChosenBar kind={isExecutions ? "executions" : "runs"} chosen={chosen} onDone={() => setChosen(new Set())} />
      )}
    </Page>
  );
}

function NoRows({
  search,
  onChange,
}: {
  readonly search: RunsSearch;
  readonly onChange: (search: RunsSearch) => void;
}): ReactElement {
  const { sort: _sort, columns: _columns, of: _of, ...filter } = search;
  if (Object.keys(filter).length > 0)
    return (
      <Empty title="Nothing fits these filters">
        <button
          type="button"
          className="link"
          onClick={() =>
            onChange({
              states: undefined,
              tags: undefined,
              name: undefined,
              step: undefined,
              where: undefined,
              since: undefined,
              until: undefined,
            } as unknown as RunsSearch)
          }
        >
          Take the filters away
        </button>
      </Empty>
    );
  return <NothingRan />;
}
