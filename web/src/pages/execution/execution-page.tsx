import "../../styles/run.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense } from "react";
import type { ExecutionView, StepChecksView } from "../../../../src/api/index.ts";
import { isFinal } from "../../../../src/views/index.ts";
import { read } from "../../api/queries.ts";
import { Page } from "../../frame/page.tsx";
import { useProject } from "../../frame/use-project.ts";
import { Ago, Duration } from "../../shared/amounts.tsx";
import { LineageButton } from "../../shared/lineage-button.tsx";
import { LogView } from "../../shared/log/log-view.tsx";
import { Loading, sentence, Waiting } from "../../shared/notices.tsx";
import { StateMark } from "../../shared/state-mark.tsx";
import { Details } from "./details.tsx";
import { ExecutionActions } from "./execution-actions.tsx";
import { type ExecutionSearch, executionSearch } from "./execution-search.ts";
import { Files } from "./files.tsx";

const route = getRouteApi("/p/$owner/$name/executions/$execution");
const Checks = lazy(async () => ({ default: (await import("./checks.tsx")).Checks }));
const Metrics = lazy(() => import("./metrics.tsx"));

/** One execution: its log as it comes, its metrics, its files, why it ran and how it is run again. */
export function ExecutionPage(): ReactElement {
  const { execution: number } = route.useParams();
  const { ref } = useProject();
  const found = useQuery(
    read("/api/v0/projects/:project/executions/:execution/", { params: { project: ref, execution: number } }),
  );
  if (found.data === undefined)
    return (
      <Page title={`Execution ${number}`}>
        <Waiting read={found} what="the execution" />
      </Page>
    );
  return <Loaded execution={found.data} />;
}

function Loaded({ execution }: { readonly execution: ExecutionView }): ReactElement {
  const search = route.useSearch();
  const { address, ref } = useProject();
  const { number, node, run, state, reason } = execution;
  const navigate = useNavigate();
  const { data: checks = null } = useQuery(
    read("/api/v0/projects/:project/executions/:execution/checks/", {
      params: { project: ref, execution: String(number) },
    }),
  );
  const log = `/api/v0/projects/${encodeURIComponent(ref)}/records/${number}/log/`;
  return (
    <Page
      title={`#${number} ${node}`}
      heading={
        <span className="row">
          <span className="quiet number">#{number}</span>
          {node}
          <span className="heading-state">
            <StateMark state={state} />
          </span>
        </span>
      }
      crumb={
        <>
          <Link to="/p/$owner/$name/runs" params={address}>
            Runs
          </Link>
          {" / "}
          <Link to="/p/$owner/$name/runs/$run" params={{ ...address, run: String(run) }} search={{ node }}>
            #{run}
          </Link>
        </>
      }
      facts={<Facts execution={execution} />}
      actions={
        <>
          <LineageButton search={{ execution: String(number) }} />
          <ExecutionActions execution={execution} />
        </>
      }
      fills={search.view === undefined}
    >
      {reason !== null && (
        <p
          className={state === "error" ? "error-text lines" : "small soft lines"}
          {...(state === "error" && { role: "alert" })}
        >
          {sentence(reason)}
        </p>
      )}
      {execution.warnings.map((warning) => (
        <p key={warning} className="warning-text">
          {sentence(warning)}
        </p>
      ))}
      <Tabs execution={execution} search={search} checks={checks} />
      {search.view === undefined && (
        <div className="log-place">
          <LogView
            key={number}
            execution={number}
            download={log}
            at={
              search.line !== undefined ? search.line - 1 : search.at === "error" || state === "error" ? "error" : "end"
            }
            onLine={(line) =>
              void navigate({
                to: "/p/$owner/$name/executions/$execution",
                params: { ...address, execution: String(number) },
                search: executionSearch({ ...search, line: line + 1 }),
                replace: true,
              })
            }
          />
        </div>
      )}
      {search.view === "metrics" && (
        <Suspense fallback={<Loading what="the charts" />}>
          <Metrics execution={execution} />
        </Suspense>
      )}
      {search.view === "checks" &&
        (checks === null ? (
          <p className="quiet">Its step has no checks, or none was made.</p>
        ) : (
          <Suspense fallback={<Loading what="the checks" />}>
            <Checks execution={number} checks={checks} />
          </Suspense>
        ))}
      {search.view === "files" && <Files execution={execution} />}
      {search.view === "details" && <Details execution={execution} />}
    </Page>
  );
}

function Facts({ execution }: { readonly execution: ExecutionView }): ReactElement {
  const { step, state, attempt, createdAt, startedAt, durationS, exitCode, signal, environment, statusDetail } =
    execution;
  return (
    <>
      <span>step {step}</span>
      {attempt > 1 && <span>attempt {attempt}</span>}
      <span>
        took <Duration seconds={isFinal(state) ? durationS : null} since={isFinal(state) ? undefined : startedAt} />
      </span>
      <Ago at={createdAt} />
      <span>on {environment}</span>
      {signal !== null ? <span>ended by {signal}</span> : exitCode !== null && <span>exit code {exitCode}</span>}
      {statusDetail !== null && <span className="soft">{statusDetail}</span>}
    </>
  );
}

function Tabs({
  execution,
  search,
  checks,
}: {
  readonly execution: ExecutionView;
  readonly search: ExecutionSearch;
  readonly checks: StepChecksView | null;
}): ReactElement {
  const { address } = useProject();
  const { number, metadata, inputs, outputs } = execution;
  const views = [
    [undefined, "Log", undefined],
    ["metrics", "Metrics", Object.keys(metadata).length],
    ["files", "Files", inputs.length + outputs.length],
    ...(checks === null ? [] : [["checks", "Checks", checks.passed + checks.warned + checks.failed] as const]),
    ["details", "Details", undefined],
  ] as const;
  return (
    <nav className="tabs" aria-label="Views of the execution">
      {views.map(([view, word, count]) => (
        <Link
          key={word}
          to="/p/$owner/$name/executions/$execution"
          params={{ ...address, execution: String(number) }}
          search={executionSearch({ ...search, view })}
          activeProps={{ className: "" }}
          className={search.view === view ? "active" : ""}
          {...(search.view === view && { "aria-current": "page" })}
          replace
        >
          {word} {count !== undefined && count > 0 && <span className="quiet number">{count}</span>}
        </Link>
      ))}
    </nav>
  );
}
