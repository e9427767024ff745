import { Button, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";
import type { Reply } from "../../api/call.ts";
import { call } from "../../api/call.ts";
import { read } from "../../api/queries.ts";
import { Confirmed } from "../../shared/confirmed.tsx";
import { Empty, Failed, Waiting } from "../../shared/notices.tsx";

type Team = Reply<"GET", "/api/v0/teams/">[number];
type Change = (make: () => Promise<unknown>) => Promise<boolean>;

const MOST_USERS = 1_000;

/** The teams, and who is in each. A team has a role in a project as a user has one, in the settings of the project. */
export function Teams(): ReactElement {
  const teams = useQuery(read("/api/v0/teams/", {}));
  const users = useQuery(read("/api/v0/users/", { query: { limit: MOST_USERS } }));
  const [failure, setFailure] = useState<unknown>();
  const change: Change = async (make) => {
    try {
      await make();
      setFailure(undefined);
      await teams.refetch();
      return true;
    } catch (error) {
      setFailure(error);
      return false;
    }
  };
  if (teams.data === undefined) return <Waiting read={teams} what="the teams" />;
  const names = users.data?.results.map(({ username }) => username) ?? [];
  return (
    <div className="stack">
      <AddTeam change={change} />
      {failure !== undefined && <Failed error={failure} />}
      {teams.data.length === 0 ? (
        <Empty title="There is no team yet">
          A team has a role in a project as a user has one: whoever is put into it has that role, too.
        </Empty>
      ) : (
        <div className="table-frame">
          <table className="table">
            <thead>
              <tr>
                <th>Team</th>
                <th>Users</th>
                <th>Put in</th>
                <th>
                  <span className="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {teams.data.map((team) => (
                <Row key={team.id} team={team} users={names} change={change} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function Row({
  team: { id, name, members },
  users,
  change,
}: {
  readonly team: Team;
  readonly users: readonly string[];
  readonly change: Change;
}): ReactElement {
  const ofUser = (user: string) => ({ params: { id, user } });
  return (
    <tr>
      <td className="name breaks">{name}</td>
      <td className="team-members">
        {members.length === 0 && <span className="quiet">nobody</span>}
        {members.map((user) => (
          <span key={user} className="tag removable">
            {user}
            <button
              type="button"
              aria-label={`Take ${user} out of ${name}`}
              onClick={() => void change(() => call("DELETE", "/api/v0/teams/:id/members/:user/", ofUser(user)))}
            >
              ×
            </button>
          </span>
        ))}
      </td>
      <td>
        <Select
          aria-label={`User to put into ${name}`}
          placeholder="user"
          data={users.filter((user) => !members.includes(user))}
          value={null}
          searchable
          onChange={(user) =>
            user !== null && void change(() => call("PUT", "/api/v0/teams/:id/members/:user/", ofUser(user)))
          }
        />
      </td>
      <td className="number">
        <Confirmed
          word="Remove"
          label={`Remove ${name}`}
          question="Remove? Its users lose what they may by it"
          onConfirm={() => void change(() => call("DELETE", "/api/v0/teams/:id/", { params: { id } }))}
        />
      </td>
    </tr>
  );
}

function AddTeam({ change }: { readonly change: Change }): ReactElement {
  const add = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const name = String(new FormData(form).get("name")).trim();
    void change(() => call("POST", "/api/v0/teams/", { body: { name } })).then((isDone) => isDone && form.reset());
  };
  return (
    <form className="block variable-form" onSubmit={add} autoComplete="off">
      <h2>Make a team</h2>
      <TextInput label="Name" name="name" required maxLength={100} />
      <Button type="submit">Make</Button>
    </form>
  );
}
