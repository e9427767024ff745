import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import type { GarbageView } from "../../../../src/api/index.ts";
import { formatSize, grouped, plural } from "../../../../src/views/index.ts";
import { call } from "../../api/call.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Ago, Size } from "../../shared/amounts.tsx";
import { CommandText } from "../../shared/command.tsx";
import { Confirmed } from "../../shared/confirmed.tsx";
import { Failed, Loading, Waiting } from "../../shared/notices.tsx";
import { StateMark } from "../../shared/state-mark.tsx";

/** The files that the project keeps, and those that could be removed. */
export function Storage(): ReactElement {
  const { ref, project } = useProject();
  // Counted anew with each look, and not with each event: all files are counted.
  const storage = useQuery({
    ...read("/api/v0/projects/:project/storage/", { params: { project: ref } }),
    staleTime: 0,
  });
  return (
    <div className="stack">
      <section className="block">
        <h2>Stored files</h2>
        {storage.data === undefined ? (
          <Waiting read={storage} what="the sizes" />
        ) : (
          <table className="values narrow-values">
            <tbody>
              <Amount name="Made by executions" {...storage.data.made} />
              <Amount name="Fetched from outside" {...storage.data.fetched} />
              <Amount name="Different contents, each stored once" {...storage.data.contents} />
            </tbody>
          </table>
        )}
      </section>
      {project.role === "admin" && <Garbage />}
    </div>
  );
}

function Amount({
  name,
  count,
  sizeBytes,
}: {
  readonly name: string;
  readonly count: number;
  readonly sizeBytes: number;
}): ReactElement {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="number">{grouped(count)}</td>
      <td className="number">
        <Size bytes={sizeBytes} />
      </td>
    </tr>
  );
}

/** Looked for when it is asked for: every stored file is looked at. */
function Garbage(): ReactElement {
  const { ref } = useProject();
  const [isAsked, setAsked] = useState(false);
  const garbage = useQuery({
    ...read("/api/v0/projects/:project/garbage/", { params: { project: ref } }),
    enabled: isAsked,
    // The files that could be removed differ after each run.
    staleTime: 0,
    retry: false,
  });
  return (
    <section className="block">
      <div className="spread">
        <h2>What could be freed</h2>
        <Button
          loading={garbage.isFetching}
          onClick={() => {
            setAsked(true);
            if (isAsked) void garbage.refetch();
          }}
        >
          {isAsked ? "Look again" : "Find out"}
        </Button>
      </div>
      {!isAsked ? (
        <p className="small soft">
          Looks through what is stored, by what <code>retention</code> in the settings says. Nothing is removed.
        </p>
      ) : garbage.data === undefined ? (
        <Waiting read={garbage} what="what could go" />
      ) : (
        <Found garbage={garbage.data} onCleared={() => void garbage.refetch()} />
      )}
    </section>
  );
}

const WORDS: Readonly<Record<GarbageView["removals"][number]["kind"], string>> = {
  runs: "runs, by the rules of retention",
  snapshots: "versions of the code that no run has",
  fetched: "fetched files that nothing needs",
  blobs: "stored files that nothing refers to",
  trash: "files in the trash",
  "half-written": "half-written files of processes that are gone",
  logs: "logs",
  uploads: "uploads that nobody goes on with",
  "log-copies": "second copies of logs",
  places: "places of steps that were left behind",
  leftovers: "files that could not be kept",
  folders: "folders of executions",
  environments: "Python environments that nothing uses",
  worktrees: "checkouts that wait for a step",
  engines: "records of engines that are gone",
};

/** So many runs are named. */
const RUNS = 20;

function Found({
  garbage,
  onCleared,
}: {
  readonly garbage: GarbageView;
  readonly onCleared: () => void;
}): ReactElement {
  const { removals, runs, waitingBytes, unfinishedRuns, unreadableSnapshots } = garbage;
  const { address } = useProject();
  const sum = removals.reduce((all, { sizeBytes }) => all + sizeBytes, 0);
  if (removals.length === 0 && runs.length === 0)
    return (
      <>
        <p role="status">Nothing is to be cleared up.</p>
        <Waits waitingBytes={waitingBytes} />
      </>
    );
  return (
    <>
      <table className="values narrow-values">
        <tbody>
          {removals.map(({ kind, count, sizeBytes }) => (
            <Amount key={kind} name={WORDS[kind]} count={count} sizeBytes={sizeBytes} />
          ))}
          <tr className="sum">
            <th scope="row">Together</th>
            <td />
            <td className="number">
              <Size bytes={sum} />
            </td>
          </tr>
        </tbody>
      </table>
      <Waits waitingBytes={waitingBytes} />
      {unfinishedRuns.length > 0 && (
        <p className="small soft">
          What was stored since run #{Math.min(...unfinishedRuns)} began is left alone, since it has not ended.
        </p>
      )}
      {unreadableSnapshots.length > 0 && (
        <p className="warning-text">
          {plural(unreadableSnapshots.length, "version")} of the code cannot be read; until then no stored file is
          removed.
        </p>
      )}
      {runs.length > 0 && (
        <>
          <h3>Runs that would go</h3>
          <ul className="files">
            {runs.slice(0, RUNS).map(({ number, name, state, createdAt }) => (
              <li key={number}>
                <StateMark state={state} bare />
                <Link to="/p/$owner/$name/runs/$run" params={{ ...address, run: String(number) }}>
                  #{number} {name}
                </Link>
                <Ago at={createdAt} />
              </li>
            ))}
          </ul>
          {runs.length > RUNS && <p className="small quiet">and {runs.length - RUNS} more</p>}
        </>
      )}
      <ClearUp sizeBytes={sum} runs={runs.length} onCleared={onCleared} />
    </>
  );
}

/** Removes what was found, once somebody has said so twice. */
function ClearUp({
  sizeBytes,
  runs,
  onCleared,
}: {
  readonly sizeBytes: number;
  readonly runs: number;
  readonly onCleared: () => void;
}): ReactElement {
  const { ref } = useProject();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const clear = async (): Promise<void> => {
    setBusy(true);
    try {
      await call("POST", "/api/v0/projects/:project/garbage/", { params: { project: ref } });
      setFailure(undefined);
      await client.invalidateQueries({ queryKey: ["/api/v0/projects/:project/storage/"] });
      onCleared();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const what = [runs === 0 ? [] : plural(runs, "run"), formatSize(sizeBytes)].flat().join(" and ");
  return (
    <>
      <div className="row">
        {busy ? (
          <Loading what="what is left" />
        ) : (
          <Confirmed word="Clear up" question={`Remove ${what} for good`} onConfirm={() => void clear()} />
        )}
      </div>
      {failure !== undefined && <Failed error={failure} />}
      <CommandText command="headrace gc" />
    </>
  );
}

function Waits({ waitingBytes }: { readonly waitingBytes: number }): ReactElement | null {
  if (waitingBytes === 0) return null;
  return (
    <p className="small soft">
      Another <Size bytes={waitingBytes} /> were stored within the last hour, and may be needed yet.
    </p>
  );
}
