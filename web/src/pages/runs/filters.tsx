import { MultiSelect, Select, TagsInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useEffect, useState } from "react";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Icon } from "../../shared/icon.tsx";
import { readSentence } from "./read-sentence.ts";
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
      <Sentence where={search.where ?? ""} search={search} onChange={onChange} />
      {(["since", "until"] as const).map((side) => {
        const at = search[side];
        return at === undefined ? null : <Moment key={side} side={side} at={at} onChange={onChange} />;
      })}
    </>
  );
}

/** A bound of the time in which rows were made, with a button that takes it away. */
function Moment({
  side,
  at,
  onChange,
}: {
  readonly side: "since" | "until";
  readonly at: string;
  readonly onChange: FiltersProps["onChange"];
}): ReactElement {
  const words = `${side === "since" ? "since" : "before"} ${new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}`;
  return (
    <button
      type="button"
      className="chip"
      onClick={() => onChange({ [side]: undefined } as RunsSearch)}
      aria-label={`${words}: take it away`}
    >
      {words} <Icon name="close" size={10} />
    </button>
  );
}

/**
 * A field that takes a whole sentence, and gives each part of it to the filter that it is about; what is left is the
 * condition. Taken when Enter is pressed or the field is left: each letter of `auc >= 0.7` would be another list.
 */
function Sentence({
  where,
  search,
  onChange,
}: {
  readonly where: string;
  readonly search: RunsSearch;
  readonly onChange: FiltersProps["onChange"];
}): ReactElement {
  const [text, setText] = useState(where);
  const [problem, setProblem] = useState<string>();
  useEffect(() => setText(where), [where]);
  const take = (): void => {
    const sentence = text.trim();
    if (sentence === where) {
      setProblem(undefined);
      return;
    }
    const { search: found, problem: misread } = readSentence(sentence, Date.now());
    setProblem(misread);
    if (misread !== undefined) return;
    const { tags, ...others } = found;
    setText(found.where ?? "");
    onChange({
      where: undefined,
      ...others,
      ...(tags !== undefined && { tags: [...new Set([...(search.tags ?? []), ...tags])] }),
    } as RunsSearch);
  };
  return (
    <TextInput
      aria-label="Sentence or condition over parameters and metrics"
      placeholder="where auc >= 0.7 and started after yesterday"
      title="state is failed and auc > 0.9 and started after yesterday and tagged sweep"
      classNames={{ input: "code" }}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={take}
      onKeyDown={({ key }) => key === "Enter" && take()}
      error={problem}
      className="sentence"
    />
  );
}
