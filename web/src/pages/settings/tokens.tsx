import { Button, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";
import { call } from "../../api/call.ts";
import { read } from "../../api/queries.ts";
import { Ago } from "../../shared/amounts.tsx";
import { CommandText } from "../../shared/command.tsx";
import { Failed, Waiting } from "../../shared/notices.tsx";

const LEVELS = [
  { value: "read", label: "may look" },
  { value: "write", label: "may look and run" },
  { value: "admin", label: "may do all that you may" },
] as const;

/** The tokens with which programs act for the user. */
export function Tokens(): ReactElement {
  const tokens = useQuery(read("/api/v0/users/me/tokens/", {}));
  const [made, setMade] = useState<string>();
  const [failure, setFailure] = useState<unknown>();
  const change = async (make: () => Promise<void>): Promise<void> => {
    try {
      await make();
      setFailure(undefined);
      await tokens.refetch();
    } catch (error) {
      setFailure(error);
    }
  };
  const create = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const days = Number(given.get("days"));
    void change(async () => {
      const body = {
        name: String(given.get("name")),
        level: String(given.get("level")) as (typeof LEVELS)[number]["value"],
        ...(days > 0 && { expiresInDays: days }),
      };
      setMade((await call("POST", "/api/v0/users/me/tokens/", { body })).token);
      form.reset();
    });
  };
  if (tokens.data === undefined) return <Waiting read={tokens} what="your tokens" />;
  return (
    <div className="stack">
      {made !== undefined && (
        <div className="notice" role="status">
          <strong>The token is shown this once</strong>
          <CommandText command={made} />
        </div>
      )}
      <div className="table-frame">
        <table className="table">
          <thead>
            <tr>
              <th>Name</th>
              <th>Rights</th>
              <th className="number">Made</th>
              <th className="number">Last used</th>
              <th className="number">Ends</th>
              <th>
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {tokens.data.map(({ id, name, level, createdAt, usedAt, expiresAt }) => (
              <tr key={id}>
                <td className="name">{name}</td>
                <td>{LEVELS.find(({ value }) => value === level)?.label}</td>
                <td className="number">
                  <Ago at={createdAt} />
                </td>
                <td className="number">
                  <Ago at={usedAt} />
                </td>
                <td className="number">
                  {expiresAt === null ? <span className="quiet">never</span> : expiresAt.slice(0, 10)}
                </td>
                <td className="number">
                  <Button
                    size="compact-sm"
                    aria-label={`Revoke ${name}`}
                    onClick={() =>
                      void change(() => call("DELETE", "/api/v0/users/me/tokens/:id/", { params: { id } }))
                    }
                  >
                    Revoke
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {tokens.data.length === 0 && <p className="small soft">You have no tokens.</p>}
      <form className="row" onSubmit={create}>
        <TextInput aria-label="Name of the token" name="name" placeholder="name" required />
        <Select aria-label="Rights" name="level" data={[...LEVELS]} defaultValue="write" allowDeselect={false} />
        <TextInput aria-label="Ends after days" name="days" placeholder="days until it ends" inputMode="numeric" />
        <Button type="submit">Make a token</Button>
      </form>
      {failure !== undefined && <Failed error={failure} />}
    </div>
  );
}
