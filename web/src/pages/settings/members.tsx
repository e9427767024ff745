import { Button, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { call } from "../../api/call.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Failed, Waiting } from "../../shared/notices.tsx";

const ROLES = ["viewer", "member", "admin"] as const;
type Role = (typeof ROLES)[number];

/** The users who may look, may run and may change the project. */
export function Members(): ReactElement {
  const { ref, project } = useProject();
  const [failure, setFailure] = useState<unknown>();
  const members = useQuery(read("/api/v0/projects/:project/members/", { params: { project: ref } }));
  const mayChange = project.role === "admin";
  const change = async (make: () => Promise<unknown>): Promise<void> => {
    try {
      await make();
      setFailure(undefined);
      await members.refetch();
    } catch (error) {
      setFailure(error);
    }
  };
  const setRole = (kind: "user" | "team", id: string, role: Role): Promise<void> =>
    change(() =>
      call("PUT", "/api/v0/projects/:project/members/:kind/:id/", {
        params: { project: ref, kind, id },
        body: { role },
      }),
    );
  return (
    <section className="block">
      <h2>Members</h2>
      {members.data === undefined ? (
        <Waiting read={members} what="the members" />
      ) : (
        <div className="table-frame">
          <table className="table">
            <thead>
              <tr>
                <th>Name</th>
                <th>Role</th>
                <th>
                  <span className="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {members.data.map(({ kind, id, name, role }) => (
                <tr key={`${kind}:${id}`}>
                  <td className="name">
                    {name} {kind === "team" && <span className="tag">team</span>}
                  </td>
                  <td>
                    {mayChange ? (
                      <Select
                        aria-label={`Role of ${name}`}
                        data={[...ROLES]}
                        value={role}
                        allowDeselect={false}
                        onChange={(chosen) => void setRole(kind, id, (chosen ?? role) as Role)}
                      />
                    ) : (
                      role
                    )}
                  </td>
                  <td className="number">
                    {mayChange && (
                      <Button
                        size="compact-sm"
                        aria-label={`Remove ${name}`}
                        onClick={() =>
                          void change(() =>
                            call("DELETE", "/api/v0/projects/:project/members/:kind/:id/", {
                              params: { project: ref, kind, id },
                            }),
                          )
                        }
                      >
                        Remove
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {mayChange && <AddMember onAdd={(member) => setRole(member.kind, member.name, member.role)} />}
      {failure !== undefined && <Failed error={failure} />}
    </section>
  );
}

interface NewMember {
  readonly kind: "user" | "team";
  readonly name: string;
  readonly role: Role;
}

/** A user by name, or a team: its users have the role by it, as long as they are in it. */
function AddMember({ onAdd }: { readonly onAdd: (member: NewMember) => Promise<void> }): ReactElement {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("member");
  const [kind, setKind] = useState<NewMember["kind"]>("user");
  const teams = useQuery(read("/api/v0/teams/", {}));
  return (
    <form
      className="row wraps"
      onSubmit={(event) => {
        event.preventDefault();
        void onAdd({ kind, name: name.trim(), role }).then(() => setName(""));
      }}
    >
      {(teams.data?.length ?? 0) > 0 && (
        <SegmentedControl
          aria-label="Kind of member"
          data={[
            { value: "user", label: "User" },
            { value: "team", label: "Team" },
          ]}
          value={kind}
          onChange={(chosen) => {
            setKind(chosen as NewMember["kind"]);
            setName("");
          }}
        />
      )}
      {kind === "user" ? (
        <TextInput
          aria-label="User to add"
          placeholder="user name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      ) : (
        <Select
          aria-label="Team to add"
          placeholder="team"
          data={(teams.data ?? []).map((team) => team.name)}
          value={name === "" ? null : name}
          onChange={(chosen) => setName(chosen ?? "")}
          searchable
        />
      )}
      <Select
        aria-label="Role"
        data={[...ROLES]}
        value={role}
        allowDeselect={false}
        onChange={(chosen) => setRole((chosen ?? "member") as Role)}
      />
      <Button type="submit" disabled={name.trim() === ""}>
        Add
      </Button>
    </form>
  );
}
