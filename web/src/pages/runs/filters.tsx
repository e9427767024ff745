import { MultiSelect, Select, TagsInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useEffect, useState } from "react";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { type ListedState, type RunsSearch, STATES } from "./runs-search.ts";

export interface FiltersProps {
  readonly search: RunsSearch;
  readonly onChange: (changed: RunsSearch) => void;
}

/** Name, state, tags, and a condition over any value, read from left to right as a sentence. */
export function Filters({ search, onChange }: FiltersProps): ReactElement {
  const { ref } = useProject();
  const configuration = useQuery(read("/api/v0/projects/:project/configuration/", { params: { project: ref } }));
  const { steps = [], pipelines = [] } = configuration.data?.definitions ?? {};
  const names = [...new Set([...pipelines, ...steps].map(({ name }) => name).concat(search.name ?? []))];
  return (
    <>
      <Select
        aria-label="Step or pipeline"
        placeholder="of anything"
        data={names.map((name) => ({ value: name, label: `of ${name}` }))}
        value={search.name ?? null}
        onChange={(name) => onChange({ name: name ?? undefined } as RunsSearch)}
        clearable
        searchable
        w={170}
      />
      <MultiSelect
        aria-label="States"
        placeholder={search.states === undefined ? "in any state" : ""}
        data={STATES.map((state) => ({ value: state, label: state }))}
        value={[...(search.states ?? [])]}
        onChange={(states) =>
          onChange({ states: states.length === 0 ? undefined : (states as ListedState[]) } as RunsSearch)
        }
        w={search.states === undefined ? 130 : 190}
        hidePickedOptions
      />
      <TagsInput
        aria-label="Tags"
        placeholder={search.tags === undefined ? "with any tags" : ""}
        value={[...(search.tags ?? [])]}
        onChange={(tags) => onChange({ tags: tags.length === 0 ? undefined : tags } as RunsSearch)}
        w={150}
      />
      <Condition value={search.where ?? ""} onChange={(where) => onChange({ where } as RunsSearch)} />
    </>
  );
}

/** Taken when Enter is pressed or the field is left: each letter of `auc >= 0.7` would be another list. */
function Condition({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (where: string | undefined) => void;
}): ReactElement {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const take = (): void => {
    const wanted = text.trim();
    if (wanted !== value) onChange(wanted === "" ? undefined : wanted);
  };
  return (
    <TextInput
      aria-label="Condition over parameters and metrics"
      placeholder="where auc >= 0.7"
      classNames={{ input: "code" }}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={take}
      onKeyDown={({ key }) => key === "Enter" && take()}
      w={210}
    />
  );
}
