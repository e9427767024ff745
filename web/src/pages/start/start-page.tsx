import "../../styles/start.css";
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ConfigurationView } from "../../../../src/api/index.ts";
import { read } from "../../api/queries.ts";
import { Page } from "../../frame/page.tsx";
import { useProject } from "../../frame/use-project.ts";
import { Empty, Waiting } from "../../shared/notices.tsx";
import { fieldsOf } from "./form-fields.ts";
import { StartForm } from "./start-form.tsx";
import { startSearch } from "./start-search.ts";

const route = getRouteApi("/p/$owner/$name/start");

/** A run is put together: what, with which values, and what of it would run. */
export function StartPage(): ReactElement {
  const { ref, mayWrite } = useProject();
  const configuration = useQuery(
    read("/api/v0/projects/:project/configuration/", { params: { project: ref }, query: {} }),
  );
  return (
    <Page title="Start a run">
      {!mayWrite ? (
        <Empty title="You may look at this project, and start nothing in it">
          An administrator of the project can give you the role of a member.
        </Empty>
      ) : configuration.data === undefined ? (
        <Waiting read={configuration} what="the configuration" />
      ) : (
        <Chosen configuration={configuration.data} />
      )}
    </Page>
  );
}

function Chosen({ configuration }: { readonly configuration: ConfigurationView }): ReactElement {
  const search = route.useSearch();
  const { address, ref } = useProject();
  const navigate = useNavigate();
  const { like, from } = search;
  const model = useQuery({
    ...read("/api/v0/projects/:project/records/:ref/", { params: { project: ref, ref: like ?? from ?? "" } }),
    enabled: like !== undefined || from !== undefined,
  });
  const { definitions, file } = configuration;
  if (definitions === null)
    return <Empty title={`${file} has errors, and nothing in it can run`} command="headrace lint" />;
  const targets = [
    {
      group: "Pipelines",
      items: definitions.pipelines.map(({ name }) => ({ value: `pipeline:${name}`, label: name })),
    },
    { group: "Steps", items: definitions.steps.map(({ name }) => ({ value: `step:${name}`, label: name })) },
  ].filter(({ items }) => items.length > 0);
  const isPipeline = definitions.pipelines.some(({ name }) => name === search.target);
  const kind = search.kind ?? (isPipeline ? "pipeline" : "step");
  const fields = search.target === undefined ? undefined : fieldsOf(definitions, kind, search.target);
  const isModelKnown = (like === undefined && from === undefined) || model.data !== undefined;
  return (
    <>
      <Select
        className="start-target"
        label="What is to run"
        placeholder="a pipeline or a step"
        searchable
        data={targets}
        value={search.target === undefined ? null : `${kind}:${search.target}`}
        onChange={(chosen) => {
          const [wanted = "", ...name] = (chosen ?? "").split(":");
          const next = chosen === null ? {} : { kind: wanted, target: name.join(":") };
          void navigate({ to: "/p/$owner/$name/start", params: address, search: startSearch(next), replace: true });
        }}
      />
      {search.target !== undefined && fields === undefined && (
        <Empty title={`There is no ${kind} ${search.target} in ${file}`}>Choose another one above.</Empty>
      )}
      {!isModelKnown && <Waiting read={model} what="the earlier run" />}
      {search.target !== undefined && fields !== undefined && isModelKnown && (
        <StartForm
          key={JSON.stringify(search)}
          target={search.target}
          kind={kind}
          fields={fields}
          from={from}
          earlier={model.data}
        />
      )}
    </>
  );
}
