import type { CountedList, ValohaiApi, ValohaiPipeline, ValohaiPipelineDetail, ValohaiStop } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { ListedNode, ProjectStore, RunRecord } from "../../store/index.ts";
import { isoTime } from "../records/view-of.ts";
import { stopRun } from "../runs/request-stop.ts";
import { setTags } from "./execution-changes.ts";
import { commitOf, creatorOf, executionView, type Surroundings, surroundingsOf } from "./execution-view.ts";
import { statesOf } from "./executions.ts";
import { numberIn } from "./find-execution.ts";
import { findMimics, withStandIns } from "./mimic-nodes.ts";
import { mainCommitOf, withPipeline } from "./pipeline-definition.ts";
import { startPlanned } from "./start-planned.ts";
import type { ValohaiContext } from "./valohai-api.ts";

type Filter = Parameters<ValohaiApi["pipelines"]["list"]>[0];
type NewPipeline = Parameters<ValohaiApi["pipelines"]["create"]>[0];

export async function listPipelines(context: ValohaiContext, filter: Filter): Promise<CountedList<ValohaiPipeline>> {
  const { status, counter, creator, tag, ordering, offset, limit } = filter;
  if (filter.deleted === true || creator === null) return { count: 0, results: [] };
  const around = await surroundingsOf(context);
  const store = await context.project.writer();
  const { items, count } = await store.lists.runsAt(
    {
      kind: "pipeline",
      sort: { by: "number", direction: ordering.startsWith("-") ? "descending" : "ascending" },
      ...(status !== undefined && { states: statesOf(status) }),
      ...(counter !== undefined && { numbers: counter }),
      ...(typeof creator === "string" && { actor: creator as RunRecord["actor"] & string }),
      ...(tag !== undefined && { tags: tag }),
    },
    { offset, limit },
  );
  return { count, results: items.map((run) => pipelineView(around, run)) };
}

export async function getPipeline(context: ValohaiContext, ref: string): Promise<ValohaiPipelineDetail> {
  const store = await context.project.writer();
  return await describePipeline(await surroundingsOf(context), store, await findPipeline(store, ref));
}

export async function createPipeline(context: ValohaiContext, body: NewPipeline): Promise<ValohaiPipelineDetail> {
  const { title, tags, reuse_executions: reuses } = body;
  const mimics = await findMimics(await context.project.writer(), body.nodes);
  const commit = mainCommitOf(body);
  const run = await startPlanned(
    context,
    {
      ...({ target: title, kind: "pipeline", parameters: [], inputs: [], environmentVariables: {} } as const),
      ...(commit !== undefined && { commit }),
      ...(!reuses && { fresh: true as const }),
    },
    {
      ...{ tags, title, change: (config) => withPipeline(config, body, mimics) },
      adjust: (plan) => withStandIns(context, plan, mimics),
    },
  );
  const store = await context.project.writer();
  return await describePipeline(await surroundingsOf(context), store, run);
}

export async function stopPipeline(context: ValohaiContext, ref: string): Promise<ValohaiStop> {
  const { number } = await findPipeline(await context.project.writer(), ref);
  const { accepted, state } = await stopRun(context, String(number));
  return { detail: accepted ? "it is asked to stop" : "it had ended already", status: state };
}

export async function tagPipeline(
  context: ValohaiContext,
  ref: string,
  tags: readonly string[],
): Promise<ValohaiPipelineDetail> {
  await setTags(context, await findPipeline(await context.project.writer(), ref), tags);
  return await getPipeline(context, ref);
}

async function findPipeline(store: ProjectStore, ref: string): Promise<RunRecord> {
  const run = await lookUp(store, ref);
  if (run?.kind === "pipeline") return run;
  throw new HeadraceError("HR_NOT_FOUND", `there is no pipeline ${JSON.stringify(ref)}`, {
    hint: "list the pipelines of the project",
  });
}

async function lookUp(store: ProjectStore, ref: string): Promise<RunRecord | undefined> {
  if (ref === "latest") return (await store.lists.runsAt({ kind: "pipeline" }, { offset: 0, limit: 1 })).items[0];
  const number = numberIn(ref);
  if (number === undefined) return store.runs.get(ref);
  const found = await store.findByNumber(number);
  return found?.kind === "run" ? found.run : undefined;
}

function pipelineView({ context: { links }, project }: Surroundings, run: RunRecord): ValohaiPipeline {
  const { id, number: counter, state: status, title, name, tags, createdAt, commit } = run;
  const url = links.api(`pipelines/${id}`);
  return {
    ...{ id, counter, status, title: title ?? name, tags, ctime: isoTime(createdAt) },
    ...{ creator: creatorOf(run), project, commit: commitOf(commit), deleted: false, url },
    urls: { display: links.display(`pipeline/${id}/`), stop: `${url}/stop/` },
  };
}

/** Nodes that are read at once; all of them are told. */
const NODES_AT_ONCE = 1_000;

async function describePipeline(
  around: Surroundings,
  store: ProjectStore,
  run: RunRecord,
): Promise<ValohaiPipelineDetail> {
  const nodes: ValohaiPipelineDetail["nodes"][number][] = [];
  const edges: ValohaiPipelineDetail["edges"][number][] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await store.lists.nodes(run.id, { limit: NODES_AT_ONCE, ...(after === undefined ? {} : { after }) });
    const ids = page.items.flatMap(({ node }) => node.executionId ?? []);
    const behind = new Map((await store.executions.listById(ids)).map((each) => [each.execution.id, each.execution]));
    for (const { node, planned } of page.items) {
      const execution = behind.get(node.executionId ?? "");
      const of = execution === undefined || execution.runId === run.id ? run : await store.runs.get(execution.runId);
      const view =
        execution === undefined || of === undefined
          ? null
          : executionView(around, { kind: "there", execution, run: of }, undefined);
      const status =
        node.state === "waiting" ? "created" : node.state === "active" ? (view?.status ?? "queued") : node.state;
      nodes.push({
        ...{ id: nodeIdOf(run, node.name), name: node.name, type: planned.kind, status, pipeline: run.id },
        execution: view,
      });
      edges.push(...edgesOf(run, planned));
    }
    after = page.next;
  }
  const { reason = null, parameters } = run;
  return { ...pipelineView(around, run), reason, parameters, nodes, edges, log: await logOf(store, run) };
}

function nodeIdOf({ id }: RunRecord, node: string): string {
  return `${id}:${node}`;
}

function edgesOf(run: RunRecord, node: ListedNode["planned"]): ValohaiPipelineDetail["edges"] {
  const of = (
    source: string,
    ends: { source_type: string; source_key: string; target_type: string; target_key: string },
  ) => ({
    ...{ source_node: nodeIdOf(run, source), target_node: nodeIdOf(run, node.name) },
    ...ends,
  });
  return [
    ...node.inputs.flatMap(({ name, sources }) =>
      sources.flatMap((source) =>
        source.kind === "output" || source.kind === "input"
          ? [
              of(source.node, {
                ...{ source_type: source.kind, source_key: source.pattern, target_type: "input", target_key: name },
              }),
            ]
          : [],
      ),
    ),
    ...node.environmentVariableEdges.map(({ name, node: from, source }) =>
      of(from, {
        ...{ source_type: "environment-variable", source_key: source },
        ...{ target_type: "environment-variable", target_key: name },
      }),
    ),
  ];
}

const LOG_LINES = 1_000;

/** Returns the history of its nodes, the newest first. */
async function logOf(store: ProjectStore, run: RunRecord): Promise<ValohaiPipelineDetail["log"]> {
  const kinds = ["run-created", "run-state", "node-state"] as const;
  const events = await store.events.list({ runId: run.id, kinds, afterId: 0, limit: LOG_LINES });
  return events.toReversed().flatMap(({ at, body }) => {
    const message =
      body.kind === "run-created"
        ? "pipeline was created"
        : body.kind === "run-state"
          ? `pipeline is ${body.state}`
          : body.kind === "node-state"
            ? `node “${body.node}” is ${body.state}`
            : undefined;
    return message === undefined ? [] : [{ ctime: isoTime(at), identifier: body.kind, kind: "other", message }];
  });
}
