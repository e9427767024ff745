import { useQuery } from "@tanstack/react-query";
import type { DatumView, RunRowView, SubjectView } from "../../../src/api/index.ts";
import { formatAgo, formatSize } from "../../../src/views/index.ts";
import { ROOMS } from "../address-map.ts";
import { call } from "../api/call.ts";
import { read } from "../api/queries.ts";
import { useProject } from "./use-project.ts";

/** Something that the search found, and where it is. */
export interface Found {
  readonly kind: string;
  readonly name: string;
  readonly more: string;
  readonly state?: string;
  readonly to: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly search?: Readonly<Record<string, unknown>>;
}

/** Number of the newest runs that are looked through by name, tag and commit. */
const NEWEST = 500;

/** All that goes with the text; without one, the rooms and the newest runs. */
export function useFound(text: string): { readonly found: readonly Found[]; readonly isSearching: boolean } {
  const { ref } = useProject();
  const params = { project: ref };
  const runs = useQuery(read("/api/v0/projects/:project/runs/", { params, query: { limit: NEWEST } }));
  const configuration = useQuery(read("/api/v0/projects/:project/configuration/", { params }));
  const byNumber = useQuery({
    ...read("/api/v0/projects/:project/records/:ref/", { params: { ...params, ref: text.replace(/^#/, "") } }),
    enabled: /^#?\d+(?:\..+)?$/.test(text),
    retry: false,
  });
  const files = useQuery({
    queryKey: ["found files", ref, text],
    enabled: text.length > 1,
    queryFn: async ({ signal }) =>
      (await call("GET", "/api/v0/projects/:project/files/", { params, query: { limit: 8, name: text } }, signal))
        .items,
  });
  const definitions = configuration.data?.definitions;
  const found = [
    ...(byNumber.data === undefined ? [] : [subjectFound(byNumber.data)]),
    ...(runs.data?.items ?? [])
      .filter((run) => matchesRun(run, text))
      .slice(0, text === "" ? 6 : 8)
      .map(runFound),
    ...(definitions?.pipelines ?? []).filter(({ name }) => matches(name, text)).map(({ name }) => pipelineFound(name)),
    ...(definitions?.steps ?? [])
      .filter(({ name }) => text !== "" && matches(name, text))
      .map(({ name }) => stepFound(name)),
    ...(files.data ?? []).map(fileFound),
    ...ROOMS.filter(({ name, isThere }) => isThere && matches(name, text)).map(({ name, path }) => ({
      ...{ kind: "room", name, more: "", to: path },
    })),
  ];
  return { found: unique(found), isSearching: runs.isPending || files.isFetching || byNumber.isFetching };
}

function matches(name: string, text: string): boolean {
  return name.toLowerCase().includes(text.toLowerCase());
}

function matchesRun({ name, title, tags, commit, startedBy }: RunRowView, text: string): boolean {
  if (/^~?[0-9a-f]{4,}$/.test(text) && commit.startsWith(text)) return true;
  return [name, title ?? "", startedBy ?? "", ...tags].some((word) => matches(word, text));
}

function runFound({ number, name, title, state, createdAt, tags }: RunRowView): Found {
  const more = [title, ...tags, formatAgo(createdAt, Date.now())].filter((part) => part !== null).join(" · ");
  return {
    ...{ kind: "run", name: `#${number} ${name}`, more, state },
    to: "/p/$owner/$name/runs/$run",
    params: { run: String(number) },
  };
}

function subjectFound(subject: SubjectView): Found {
  if (subject.kind === "run") {
    const { number, name, state } = subject.run;
    const to = "/p/$owner/$name/runs/$run";
    return { ...{ kind: "run", name: `#${number} ${name}`, more: "", state, to }, params: { run: String(number) } };
  }
  const { number, node, step, state, run } = subject.execution;
  const to = "/p/$owner/$name/executions/$execution";
  return {
    ...{ kind: "execution", name: `#${number} ${node}`, more: `${step} in run ${run}`, state, to },
    params: { execution: String(number) },
  };
}

function pipelineFound(pipeline: string): Found {
  return {
    kind: "pipeline",
    name: pipeline,
    more: "",
    to: "/p/$owner/$name/pipelines/$pipeline",
    params: { pipeline },
  };
}

function stepFound(step: string): Found {
  return {
    kind: "step",
    name: step,
    more: "start it",
    to: "/p/$owner/$name/start",
    search: { target: step, kind: "step" },
  };
}

function fileFound({ id, name, sizeBytes, node, execution }: DatumView): Found {
  const from = execution === null ? "from outside" : `of ${node} (${execution})`;
  return {
    kind: "file",
    name,
    more: `${from} · ${formatSize(sizeBytes)}`,
    to: "/p/$owner/$name/data/$file",
    params: { file: id },
  };
}

function unique(found: readonly Found[]): readonly Found[] {
  const seen = new Map(found.map((hit) => [JSON.stringify([hit.to, hit.params, hit.search]), hit] as const));
  return [...seen.values()];
}
