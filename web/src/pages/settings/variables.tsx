import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import type { VariableGroupView, VariableView } from "../../../../src/api/index.ts";
import { call } from "../../api/call.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Ago } from "../../shared/amounts.tsx";
import { Confirmed } from "../../shared/confirmed.tsx";
import { Icon } from "../../shared/icon.tsx";
import { Failed, Waiting } from "../../shared/notices.tsx";
import { VariableForm } from "./variable-form.tsx";

/** The variables that the steps of the project get; secrets are never shown again. */
export function Variables(): ReactElement {
  const { ref, project } = useProject();
  const mayChange = project.role === "admin";
  const groups = useQuery(read("/api/v0/projects/:project/variables/", { params: { project: ref } }));
  const [failure, setFailure] = useState<unknown>();
  const change = async (make: () => Promise<unknown>): Promise<boolean> => {
    try {
      await make();
      setFailure(undefined);
      await groups.refetch();
      return true;
    } catch (error) {
      setFailure(error);
      return false;
    }
  };
  if (groups.data === undefined) return <Waiting read={groups} what="the variables" />;
  const own = groups.data.filter(({ shared }) => !shared).flatMap(({ name }) => name ?? []);
  return (
    <div className="stack">
      {mayChange && <VariableForm groups={own} onSet={change} />}
      {failure !== undefined && <Failed error={failure} />}
      {groups.data.map((group) => (
        <Group key={`${group.shared} ${group.name}`} group={group} {...(mayChange && { change })} />
      ))}
      <p className="small soft prose-width">
        A later one of these counts: the variables of the environment, the defaults of the step, those of the project,
        those of the groups that the step names, what an edge brings, what the run is given. Secrets reach the process
        of a step alone; logs and metadata have *** in their place.
      </p>
    </div>
  );
}

interface GroupProps {
  readonly group: VariableGroupView;
  /** Absent: the caller may not change it. */
  readonly change?: (make: () => Promise<unknown>) => Promise<boolean>;
}

function Group({ group: { name, shared, variables }, change }: GroupProps): ReactElement {
  const { ref } = useProject();
  const isOwn = !shared && change !== undefined;
  const title = name === null ? "Of every step" : shared ? `Group ${name} of the server` : `Group ${name}`;
  return (
    <section className="block">
      <div className="spread">
        <h2>{title}</h2>
        {isOwn && name !== null && (
          <Confirmed
            word="Remove the group"
            question={variables.length === 0 ? undefined : `Remove ${variables.length} variables`}
            onConfirm={() =>
              void change(() =>
                call("DELETE", "/api/v0/projects/:project/variable-groups/:group/", {
                  params: { project: ref, group: name },
                }),
              )
            }
          />
        )}
      </div>
      {name !== null && (
        <p className="small soft">
          Steps get them that name it: <code className="code">environment-variable-groups: [{name}]</code>
        </p>
      )}
      {variables.length === 0 ? (
        <p className="small quiet">It has no variables.</p>
      ) : (
        <div className="table-frame">
          <table className="table">
            <thead>
              <tr>
                <th>Name</th>
                <th>Value</th>
                <th className="number wide-only">Set</th>
                {isOwn && (
                  <th>
                    <span className="visually-hidden">Actions</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {variables.map((variable) => (
                <tr key={variable.name}>
                  <td className="name">
                    <code className="code">{variable.name}</code>
                  </td>
                  <td className="breaks">
                    <VariableValue variable={variable} />
                  </td>
                  <td className="number wide-only">
                    <Ago at={variable.setAt} />
                  </td>
                  {isOwn && (
                    <td className="number">
                      <Confirmed
                        word="Remove"
                        label={`Remove ${variable.name}`}
                        onConfirm={() =>
                          void change(() =>
                            call("DELETE", "/api/v0/projects/:project/variables/:name/", {
                              params: { project: ref, name: variable.name },
                              query: name === null ? {} : { group: name },
                            }),
                          )
                        }
                      />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function VariableValue({ variable: { secret, value } }: { readonly variable: VariableView }): ReactElement {
  if (!secret) return <code className="code">{value}</code>;
  return (
    <span className="row tight quiet">
      <Icon name="lock" size={14} />
      secret
    </span>
  );
}
