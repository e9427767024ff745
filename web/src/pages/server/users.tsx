import { Button, Checkbox, PasswordInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";
import type { Reply } from "../../api/call.ts";
import { call } from "../../api/call.ts";
import { read } from "../../api/queries.ts";
import { Ago } from "../../shared/amounts.tsx";
import { Confirmed } from "../../shared/confirmed.tsx";
import { Failed, Waiting } from "../../shared/notices.tsx";

type User = Reply<"GET", "/api/v0/users/">["results"][number];
type Change = (make: () => Promise<unknown>) => Promise<boolean>;

const MOST = 1_000;

/** The users who have access to the server. */
export function Users(): ReactElement {
  const users = useQuery(read("/api/v0/users/", { query: { limit: MOST } }));
  const [failure, setFailure] = useState<unknown>();
  const change: Change = async (make) => {
    try {
      await make();
      setFailure(undefined);
      await users.refetch();
      return true;
    } catch (error) {
      setFailure(error);
      return false;
    }
  };
  if (users.data === undefined) return <Waiting read={users} what="the users" />;
  return (
    <div className="stack">
      <AddUser change={change} />
      {failure !== undefined && <Failed error={failure} />}
      <div className="table-frame">
        <table className="table">
          <thead>
            <tr>
              <th>User</th>
              <th>Name</th>
              <th>Mail</th>
              <th>Rights</th>
              <th className="number">Added</th>
              <th>
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {users.data.results.map((user) => (
              <Row key={user.id} user={user} change={change} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Row({ user, change }: { readonly user: User; readonly change: Change }): ReactElement {
  const { id, username, fullName, email, isAdmin, createdAt, disabledAt, hasPassword } = user;
  const set = (body: { readonly isAdmin?: boolean; readonly disabled?: boolean }): void =>
    void change(() => call("PATCH", "/api/v0/users/:id/", { params: { id }, body }));
  return (
    <tr>
      <td className="name">
        {username} {disabledAt !== null && <span className="tag">disabled</span>}
        {!hasPassword && disabledAt === null && <span className="tag">no password</span>}
      </td>
      <td>{fullName}</td>
      <td className="breaks">{email}</td>
      <td>{isAdmin ? "administrator" : <span className="soft">user</span>}</td>
      <td className="number">
        <Ago at={createdAt} />
      </td>
      <td className="number">
        <span className="row tight nowrap">
          <Button size="compact-sm" onClick={() => set({ isAdmin: !isAdmin })}>
            {isAdmin ? "Make an ordinary user" : "Make an administrator"}
          </Button>
          {disabledAt === null ? (
            <Confirmed word="Disable" label={`Disable ${username}`} onConfirm={() => set({ disabled: true })} />
          ) : (
            <Button size="compact-sm" onClick={() => set({ disabled: false })}>
              Enable
            </Button>
          )}
        </span>
      </td>
    </tr>
  );
}

function AddUser({ change }: { readonly change: Change }): ReactElement {
  const [isAdmin, setAdmin] = useState(false);
  const add = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const text = (name: string): string => String(given.get(name)).trim();
    const password = String(given.get("password"));
    const body = {
      ...{ username: text("username"), fullName: text("fullName"), email: text("email"), isAdmin },
      ...(password !== "" && { password }),
    };
    void change(() => call("POST", "/api/v0/users/", { body })).then((isDone) => isDone && form.reset());
  };
  return (
    <form className="block variable-form" onSubmit={add} autoComplete="off">
      <h2>Add a user</h2>
      <TextInput label="User name" name="username" required maxLength={100} />
      <TextInput label="Name" name="fullName" maxLength={200} />
      <TextInput label="Mail" name="email" type="email" maxLength={320} />
      <PasswordInput
        label="Password"
        size="xs"
        name="password"
        autoComplete="new-password"
        placeholder="none: by single sign-on"
      />
      <Checkbox label="administrator" checked={isAdmin} onChange={(event) => setAdmin(event.currentTarget.checked)} />
      <Button type="submit">Add</Button>
    </form>
  );
}
