import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import type { ServerHealthView } from "../../../../src/api/index.ts";
import { grouped, plural } from "../../../../src/views/index.ts";
import { read } from "../../api/queries.ts";
import { Ago, Size } from "../../shared/amounts.tsx";
import { Waiting } from "../../shared/notices.tsx";

/** Shows the health of the server: its parts, the work that waits, the failures. */
export function Health(): ReactElement {
  const health = useQuery({ ...read("/api/v0/server/health/", {}), staleTime: 0 });
  if (health.data === undefined) return <Waiting read={health} what="the health of the server" />;
  const { version, node, startedAt, memoryBytes, problems, work, engines } = health.data;
  return (
    <div className="stack">
      <div className="spread wraps">
        <p className="small soft">
          Headrace {version} on Node.js {node}, since <Ago at={startedAt} />, with <Size bytes={memoryBytes} /> of
          memory
        </p>
        <Button loading={health.isFetching} onClick={() => void health.refetch()}>
          Look again
        </Button>
      </div>
      <div className="cards">
        <Database {...health.data.database} />
        <Disk disk={health.data.disk} />
        <Work work={work} engines={engines.length} />
      </div>
      <Engines engines={engines} />
      <Problems problems={problems} />
    </div>
  );
}

interface PartProps {
  readonly title: string;
  /** Something has to be done. */
  readonly trouble?: string | undefined;
  readonly children: ReactNode;
}

function Part({ title, trouble, children }: PartProps): ReactElement {
  return (
    <section className="block">
      <h2>{title}</h2>
      {trouble !== undefined && <p className="warning-text">{trouble}</p>}
      <dl className="facts-list">{children}</dl>
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
  return (
    <div className="contents">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Database({ kind, location, schema, sizeBytes, answerMs }: ServerHealthView["database"]): ReactElement {
  return (
    <Part title="Database">
      <Fact name="Kind">{kind === "file" ? "SQLite" : "PostgreSQL"}</Fact>
      <Fact name="Where">
        <code className="code">{location}</code>
      </Fact>
      <Fact name="Size">{sizeBytes === null ? "it does not tell" : <Size bytes={sizeBytes} />}</Fact>
      <Fact name="Tables">version {schema}</Fact>
      <Fact name="Answers in">{answerMs} ms</Fact>
    </Part>
  );
}

/** Below this share, somebody should look after the disk. */
const LITTLE = 0.1;

function Disk({ disk }: { readonly disk: ServerHealthView["disk"] }): ReactElement {
  if (disk === null)
    return (
      <Part title="Disk">
        <Fact name="Folder">none is looked at</Fact>
      </Part>
    );
  const { folder, freeBytes, totalBytes } = disk;
  const share = freeBytes / Math.max(1, totalBytes);
  return (
    <Part title="Disk" trouble={share < LITTLE ? "Little room is left. Clear up, or make the disk larger." : undefined}>
      <Fact name="Folder">
        <code className="code">{folder}</code>
      </Fact>
      <Fact name="Free">
        <Size bytes={freeBytes} /> of <Size bytes={totalBytes} />
      </Fact>
      <Fact name="Used">
        <meter value={1 - share} high={1 - LITTLE} aria-label="Share of the disk that is used" />
      </Fact>
    </Part>
  );
}

function Work({ work, engines }: { readonly work: ServerHealthView["work"]; readonly engines: number }): ReactElement {
  const { executions, runs, oldestQueuedAt } = work;
  const sum = Object.values(runs).reduce((all, count) => all + count, 0);
  const isStuck = engines === 0 && (sum > 0 || oldestQueuedAt !== null);
  return (
    <Part
      title="Work"
      trouble={
        isStuck ? "Work waits, and no engine is there to do it. Start one, or the server with its own." : undefined
      }
    >
      <Fact name="Runs under way">{grouped(sum)}</Fact>
      {Object.entries(executions).map(([state, count]) => (
        <Fact key={state} name={`Executions ${state}`}>
          {grouped(count)}
        </Fact>
      ))}
      <Fact name="Waits since">{oldestQueuedAt === null ? "nothing waits" : <Ago at={oldestQueuedAt} />}</Fact>
    </Part>
  );
}

function Engines({ engines }: { readonly engines: ServerHealthView["engines"] }): ReactElement {
  return (
    <section className="block">
      <h2>Engines</h2>
      {engines.length === 0 ? (
        <p className="small quiet">
          None works for a project yet. The engine of a server appears with the first work that there is.
        </p>
      ) : (
        <div className="table-frame">
          <table className="table">
            <thead>
              <tr>
                <th>Machine</th>
                <th className="number">Process</th>
                <th>Works for</th>
              </tr>
            </thead>
            <tbody>
              {engines.map(({ id, host, pid, takesAnyRun }) => (
                <tr key={id}>
                  <td className="name">{host}</td>
                  <td className="number">{pid}</td>
                  <td>{takesAnyRun ? "whichever run there is" : "runs of its own"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Problems({ problems }: { readonly problems: ServerHealthView["problems"] }): ReactElement {
  return (
    <section className="block">
      <h2>Latest failures</h2>
      {problems.length === 0 ? (
        <p className="small quiet">This process has answered every request since it began.</p>
      ) : (
        <>
          <p className="small soft">
            {plural(problems.length, "request")} that this process could not answer. The log of the server has the cause
            by the request's id.
          </p>
          <div className="table-frame">
            <table className="table">
              <thead>
                <tr>
                  <th className="number">When</th>
                  <th className="number">Status</th>
                  <th>Request</th>
                  <th>Request's id</th>
                </tr>
              </thead>
              <tbody>
                {problems.map(({ at, method, route, status, requestId }) => (
                  <tr key={requestId}>
                    <td className="number">
                      <Ago at={at} />
                    </td>
                    <td className="number">{status}</td>
                    <td className="breaks">
                      <code className="code">
                        {method} {route}
                      </code>
                    </td>
                    <td>
                      <code className="code soft">{requestId}</code>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}
