import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { plural } from "../../../../src/views/index.ts";
import { read } from "../../api/queries.ts";
import { Page } from "../../frame/page.tsx";
import { useProject } from "../../frame/use-project.ts";
import { Empty, sentence, Waiting } from "../../shared/notices.tsx";

/** The pipelines and steps of the project's file, as it is now. */
export function PipelinesPage(): ReactElement {
  const { ref, address, mayWrite } = useProject();
  const configuration = useQuery(
    read("/api/v0/projects/:project/configuration/", { params: { project: ref }, query: {} }),
  );
  const { data } = configuration;
  if (data === undefined)
    return (
      <Page title="Pipelines">
        <Waiting read={configuration} what="the configuration" />
      </Page>
    );
  const { definitions, errors, file } = data;
  if (definitions === null)
    return (
      <Page title="Pipelines">
        <Empty title={`${file} has ${plural(errors.length, "error")}`} command="headrace lint">
          <ul>
            {errors.map(({ line, column, message, code }) => (
              <li key={`${line}:${column}:${code}`}>
                <code className="code">
                  {line}:{column}
                </code>{" "}
                {sentence(message)}
              </li>
            ))}
          </ul>
        </Empty>
      </Page>
    );
  const { pipelines, steps } = definitions;
  return (
    <Page title="Pipelines">
      <section className="block">
        <h2>Pipelines</h2>
        {pipelines.length === 0 ? (
          <p className="small soft">{file} has no pipelines; each step can be run by itself.</p>
        ) : (
          <div className="table-frame">
            <table className="table">
              <tbody>
                {pipelines.map(({ name, nodes, edges, parameters }) => (
                  <tr key={name}>
                    <td className="name">
                      <Link to="/p/$owner/$name/pipelines/$pipeline" params={{ ...address, pipeline: name }}>
                        {name}
                      </Link>
                    </td>
                    <td className="soft">
                      {plural(nodes.length, "node")}, {plural(edges.length, "edge")},{" "}
                      {plural(parameters.length, "parameter")}
                    </td>
                    <td className="number">{mayWrite && <StartLink kind="pipeline" target={name} />}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      <section className="block">
        <h2>Steps</h2>
        <div className="table-frame">
          <table className="table">
            <tbody>
              {steps.map(({ name, description, command }) => (
                <tr key={name}>
                  <td className="name">
                    <Link to="/p/$owner/$name/runs" params={address} search={{ of: "executions", step: name }}>
                      {name}
                    </Link>
                  </td>
                  <td className="clip soft" title={command.join("\n")}>
                    {description ?? <code className="code">{command[0]}</code>}
                  </td>
                  <td className="number">{mayWrite && <StartLink kind="step" target={name} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </Page>
  );
}

export function StartLink({
  kind,
  target,
}: {
  readonly kind: "step" | "pipeline";
  readonly target: string;
}): ReactElement {
  const { address } = useProject();
  return (
    <Button
      size="compact-sm"
      renderRoot={(props) => <Link to="/p/$owner/$name/start" params={address} search={{ target, kind }} {...props} />}
      aria-label={`Run ${target}`}
    >
      Run
    </Button>
  );
}
