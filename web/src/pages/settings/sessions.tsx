import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { call } from "../../api/call.ts";
import { read } from "../../api/queries.ts";
import { Ago } from "../../shared/amounts.tsx";
import { Empty, Failed, Waiting } from "../../shared/notices.tsx";

/** The browsers in which one is logged in. */
export function Sessions(): ReactElement {
  const sessions = useQuery(read("/api/v0/users/me/sessions/", {}));
  const [failure, setFailure] = useState<unknown>();
  const end = async (make: () => Promise<unknown>): Promise<void> => {
    try {
      await make();
      await sessions.refetch();
    } catch (error) {
      setFailure(error);
    }
  };
  if (sessions.data === undefined) return <Waiting read={sessions} what="your sessions" />;
  if (sessions.data.length === 0) return <Empty title="You are logged in in no browser">A token made this call.</Empty>;
  return (
    <div className="stack">
      <div className="table-frame">
        <table className="table">
          <thead>
            <tr>
              <th>Browser</th>
              <th>Address</th>
              <th className="number">Last used</th>
              <th className="number">Logged in</th>
              <th>
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sessions.data.map(({ id, agent, address, createdAt, seenAt }) => (
              <tr key={id}>
                <td className="clip" title={agent}>
                  {agent}
                </td>
                <td className="number-left">{address}</td>
                <td className="number">
                  <Ago at={seenAt} />
                </td>
                <td className="number">
                  <Ago at={createdAt} />
                </td>
                <td className="number">
                  <Button
                    size="compact-sm"
                    onClick={() => void end(() => call("DELETE", "/api/v0/users/me/sessions/:id/", { params: { id } }))}
                  >
                    Log out
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="row">
        <Button onClick={() => void end(() => call("DELETE", "/api/v0/users/me/sessions/", {}))}>
          Log out everywhere else
        </Button>
      </div>
      {failure !== undefined && <Failed error={failure} />}
    </div>
  );
}
