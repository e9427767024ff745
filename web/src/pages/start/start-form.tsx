import { Button, TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactElement, useDeferredValue, useState } from "react";
import type { PlanRequest, SubjectView } from "../../../../src/api/index.ts";
import { call } from "../../api/call.ts";
import { useProject } from "../../frame/use-project.ts";
import { CommandText } from "../../shared/command.tsx";
import { Icon } from "../../shared/icon.tsx";
import { Failed } from "../../shared/notices.tsx";
import { FieldInput } from "./field-input.tsx";
import { Forecast } from "./forecast.tsx";
import { changedFields, commandOf, type FormField, textsOf } from "./form-fields.ts";

interface StartFormProps {
  readonly target: string;
  readonly kind: "step" | "pipeline";
  readonly fields: readonly FormField[];
  readonly from: string | undefined;
  /** The run or execution whose values stand in the form at first. */
  readonly earlier: SubjectView | undefined;
}

export function StartForm({ target, kind, fields, from, earlier }: StartFormProps): ReactElement {
  const { ref, address } = useProject();
  const navigate = useNavigate();
  const [first] = useState(() => valuesOf(fields, earlier));
  const [values, setValues] = useState(first);
  const [title, setTitle] = useState("");
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const changed = changedFields(fields, values);
  const request = useDeferredValue(JSON.stringify(requestOf(target, kind, changed, from)));
  // The plan that is shown is the plan that runs: the button starts the one whose forecast stands there.
  const plan = useQuery({
    queryKey: ["plan", ref, request],
    queryFn: ({ signal }) =>
      call(
        "POST",
        "/api/v0/projects/:project/plans/",
        {
          params: { project: ref },
          body: JSON.parse(request) as never,
        },
        signal,
      ),
    retry: false,
    gcTime: 0,
    staleTime: 0,
    // The last forecast stays in its place while somebody types.
    placeholderData: keepPreviousData,
  });
  const start = async (): Promise<void> => {
    if (plan.data === undefined || plan.isPlaceholderData) return;
    setBusy(true);
    try {
      const run = await call("POST", "/api/v0/projects/:project/runs/", {
        params: { project: ref },
        body: { plan: plan.data.id, ...(title.trim() !== "" && { title: title.trim() }) },
      });
      await navigate({ to: "/p/$owner/$name/runs/$run", params: { ...address, run: String(run.number) } });
    } catch (error) {
      setFailure(error);
      void plan.refetch();
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="start"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <div className="stack">
        {fields.map((field) => (
          <FieldInput
            key={`${field.kind}:${field.name}`}
            field={field}
            texts={values.get(field.name) ?? field.initial}
            onChange={(texts) => setValues((before) => new Map(before).set(field.name, texts))}
          />
        ))}
        {fields.length === 0 && <p className="small soft">It takes no parameters.</p>}
        <TextInput label="Title" value={title} onChange={(event) => setTitle(event.currentTarget.value)} />
        <div className="row">
          <Button
            type="submit"
            variant="filled"
            leftSection={<Icon name="play" size={13} />}
            loading={busy}
            disabled={plan.data === undefined || plan.isPlaceholderData}
          >
            Start
          </Button>
        </div>
        {failure !== undefined && <Failed error={failure} />}
        <CommandText command={commandOf(target, changed, from)} />
      </div>
      <Forecast plan={plan} isTouched={values !== first} />
    </form>
  );
}

function requestOf(
  target: string,
  kind: "step" | "pipeline",
  changed: ReturnType<typeof changedFields>,
  from: string | undefined,
): PlanRequest {
  const of = (wanted: FormField["kind"]) => changed.filter((field) => field.kind === wanted);
  return {
    ...{ target, kind, environmentVariables: {} },
    parameters: of("parameter").map(({ name, texts }) => ({ name, values: texts })),
    inputs: of("input").map(({ name, texts }) => ({ name, uris: texts })),
    ...(from !== undefined && { from: { ref: from, downstream: false } }),
  };
}

/** Those of an earlier run, for parameters that there still are. */
function valuesOf(
  fields: readonly FormField[],
  earlier: SubjectView | undefined,
): ReadonlyMap<string, readonly string[]> {
  const parameters: Readonly<Record<string, unknown>> =
    earlier?.kind === "run" ? earlier.run.parameters : (earlier?.execution.parameters ?? {});
  return new Map(
    fields.flatMap(({ name, kind }) =>
      kind === "parameter" && Object.hasOwn(parameters, name) ? [[name, textsOf(parameters[name])] as const] : [],
    ),
  );
}
