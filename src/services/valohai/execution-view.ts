import type { ValohaiDatum, ValohaiExecution, ValohaiExecutionDetail } from "../../api/index.ts";
import { joinCommand, THIS_MACHINE } from "../../config/index.ts";
import type { PlannedNode } from "../../planning/index.ts";
import type { EnvironmentSettings } from "../../settings/index.ts";
import { redactUri } from "../../sources/index.ts";
import { type DatumRecord, type InputFileRecord, parseActor, type RunRecord } from "../../store/index.ts";
import { isoTime } from "../records/view-of.ts";
import type { FoundExecution } from "./find-execution.ts";
import type { ValohaiContext } from "./valohai-api.ts";

/** The data that is read from the project once for all objects of an answer. */
export interface Surroundings {
  readonly context: ValohaiContext;
  readonly project: ValohaiExecution["project"];
  readonly environments: readonly EnvironmentSettings[];
}

export async function surroundingsOf(context: ValohaiContext): Promise<Surroundings> {
  return { context, project: context.links.project, environments: (await context.project.settings()).environments };
}

/** The name of whoever did something, as a client shows it. */
export function creatorOf(run: RunRecord): ValohaiExecution["creator"] {
  if (run.actor === undefined) return null;
  return { username: parseActor(run.actor)?.name ?? run.actor };
}

/** As `VH_TASK_ID` has it. */
export function taskIdOf({ id }: Pick<RunRecord, "id">, node: string): string {
  return `${id}-${node}`;
}

export function commitOf(identifier: string): ValohaiExecution["commit"] {
  return { identifier, ref: "", adhoc: identifier.startsWith("~") };
}

/** An execution as lists have it. `node`: as planned, for one that is not there yet. */
export function executionView(
  { context: { links, now }, project, environments }: Surroundings,
  found: FoundExecution,
  node: PlannedNode | undefined,
): ValohaiExecution {
  const { run } = found;
  const { id, number } = found.kind === "there" ? found.execution : found;
  const execution = found.kind === "there" ? found.execution : undefined;
  const slug = execution?.environmentName ?? node?.environment ?? THIS_MACHINE;
  const startedAt = execution?.startedAt;
  const finishedAt = execution?.finishedAt ?? (execution === undefined ? run.finishedAt : undefined);
  const url = links.api(`executions/${id}/`);
  return {
    id,
    counter: number,
    status: execution?.state ?? promisedState(run),
    status_detail: execution?.statusDetail ?? null,
    step: execution?.step ?? node?.step.name ?? run.name,
    title: run.kind === "step" ? (run.title ?? "") : "",
    tags: run.tags,
    ctime: isoTime(execution?.createdAt ?? run.createdAt),
    start_time: startedAt === undefined ? null : isoTime(startedAt),
    end_time: finishedAt === undefined ? null : isoTime(finishedAt),
    duration: startedAt === undefined ? null : Math.max(0, ((finishedAt ?? now()) - startedAt) / 1000),
    creator: creatorOf(run),
    project,
    commit: commitOf(execution?.commit ?? run.commit),
    environment: { id: slug, slug, name: environments.find((each) => each.slug === slug)?.name ?? slug },
    image: execution?.image ?? node?.step.image ?? "",
    parameters: execution?.parameters ?? node?.parameters ?? {},
    cumulative_metadata: execution?.metadata ?? {},
    ...{
      pipeline: run.kind === "pipeline" ? run.id : null,
      pipeline_counter: run.kind === "pipeline" ? run.number : null,
    },
    task: execution?.trial === undefined ? null : taskIdOf(run, execution.node),
    ...{ deleted: false, url },
    urls: { display: links.display(`execution/${id}/`), stop: `${url}stop/`, copy: `${url}copy/` },
  };
}

/** A run that has begun has not begun its step, or the execution would be there. */
function promisedState({ state }: RunRecord): ValohaiExecution["status"] {
  return state === "started" ? "queued" : state;
}

export interface ExecutionFiles {
  readonly inputs: readonly InputFileRecord[];
  readonly outputs: readonly DatumRecord[] | undefined;
}

/** The same as a whole, but for logs and metadata. */
export function executionDetail(
  around: Surroundings,
  found: FoundExecution,
  node: PlannedNode | undefined,
  { inputs, outputs }: ExecutionFiles,
): ValohaiExecutionDetail {
  const execution = found.kind === "there" ? found.execution : undefined;
  const view = executionView(around, found, node);
  return {
    ...view,
    command: joinCommand(execution?.command ?? node?.step.command ?? [], "\n"),
    environment_variables: execution?.environmentVariables ?? node?.environmentVariables ?? {},
    exit_code: execution?.exitCode ?? null,
    reason: execution?.reason ?? (execution === undefined ? found.run.reason : undefined) ?? null,
    inputs: inputsOf(found, node, inputs),
    ...(outputs !== undefined && { outputs: outputs.map((datum) => datumView(around, datum, view)) }),
  };
}

function inputsOf(
  found: FoundExecution,
  node: PlannedNode | undefined,
  files: readonly InputFileRecord[],
): ValohaiExecutionDetail["inputs"] {
  const urisOf =
    found.kind === "there"
      ? found.execution.inputs.map(({ name, uris, files: brought }) => ({
          name,
          urls: [...uris, ...brought.map(({ datumId }) => `datum://${datumId}`)],
        }))
      : (node?.inputs ?? []).map(({ name, sources }) => ({
          name,
          urls: sources.flatMap((source) => (source.kind === "uri" ? [source.uri] : [])),
        }));
  return urisOf.map(({ name, urls }) => ({
    ...{ id: name, name, urls: urls.map(redactUri) },
    files: files
      .filter(({ input }) => input === name)
      .map((file) => ({
        ...{ name: file.name, uri: redactUri(file.uri), datum: file.datumId },
        ...{ size: file.sizeBytes, sha256: file.sha256 },
      })),
  }));
}

/** A stored file; `maker` made it, where an execution did. */
export function datumView(
  { context: { links }, project }: Surroundings,
  datum: DatumRecord,
  maker: { readonly id: string; readonly counter: number } | undefined,
): ValohaiDatum {
  const { id, name, sizeBytes, sha256, createdAt, properties, uri, purgedAt } = datum;
  const { "valohai.tags": tags, ...others } = properties;
  return {
    ...{ id, name, size: sizeBytes, sha256, ctime: isoTime(createdAt) },
    uri: uri === undefined ? `datum://${id}` : redactUri(uri),
    output_execution: maker === undefined ? null : { id: maker.id, counter: maker.counter },
    project: project.id,
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [],
    properties: others,
    purged: purgedAt !== undefined,
    url: links.api(`data/${id}/`),
  };
}
