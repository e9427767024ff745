import {
  type AliasesApi,
  CATALOG,
  type CodeApi,
  type CodeHead,
  type ConfigurationApi,
  type DataApi,
  type DatasetsApi,
  type EnvironmentsApi,
  type EventsApi,
  type ExecutionsApi,
  FILES,
  LOGS,
  type LogPartView,
  type LogsApi,
  type MetricsApi,
  MODELS,
  type ModelsApi,
  type NodesApi,
  type PlansApi,
  type ProjectApi,
  type RecordsApi,
  RUNS,
  type RunsApi,
  SAVED_VIEWS,
  type SavedViewsApi,
  STORAGE,
  type StorageApi,
  type TasksApi,
  UPLOADS,
  VARIABLES,
  type VariablesApi,
} from "../api/index.ts";
import { leavable, onAbort } from "../concurrency/index.ts";
import { type StreamPatience, streamOf } from "./event-stream.ts";
import { fileStream } from "./file-stream.ts";
import type { Routes } from "./routes.ts";
import { unreachable } from "./unreachable.ts";

const BYTES = { "content-type": "application/octet-stream" };

/** The services of a project that is on a server. */
export function projectOverHttp(routes: Routes, patience: StreamPatience): ProjectApi {
  return {
    code: codeOver(routes),
    plans: plansOver(routes),
    runs: runsOver(routes),
    nodes: nodesOver(routes),
    tasks: tasksOver(routes),
    executions: executionsOver(routes),
    records: recordsOver(routes),
    data: dataOver(routes),
    aliases: aliasesOver(routes),
    datasets: datasetsOver(routes),
    models: modelsOver(routes),
    metrics: metricsOver(routes),
    logs: logsOver(routes, patience),
    events: eventsOver(routes, patience),
    environments: environmentsOver(routes),
    configuration: configurationOver(routes),
    variables: variablesOver(routes),
    storage: storageOver(routes),
    savedViews: savedViewsOver(routes),
  };
}

function codeOver(routes: Routes): CodeApi {
  return {
    missing: (manifest) =>
      routes.send(UPLOADS.missingCode, {
        headers: BYTES,
        body: async function* body() {
          yield manifest;
        },
      }),
    store: ({ manifest, sends, git, contents }) => {
      const head: CodeHead = { manifestBytes: manifest.length, sends, ...(git !== undefined && { git }) };
      return routes.send(UPLOADS.storeCode, {
        headers: BYTES,
        body: async function* body() {
          yield Buffer.from(`${JSON.stringify(head)}\n`);
          yield manifest;
          yield* contents;
        },
      });
    },
  };
}

function plansOver(routes: Routes): PlansApi {
  return {
    create: (body) => routes.ask(RUNS.createPlan, { body }),
    foresee: (plan) => routes.ask(RUNS.foreseePlan, { params: { plan } }),
  };
}

function runsOver(routes: Routes): RunsApi {
  return {
    start: (plan, request) => routes.ask(RUNS.startRun, { body: { plan, ...request } }),
    list: (query) => routes.ask(RUNS.listRuns, { query }),
    get: (run) => routes.ask(RUNS.run, { params: { run } }),
    stop: (run) => routes.ask(RUNS.stopRun, { params: { run } }),
    decide: (run, node, body) => routes.ask(RUNS.decideApproval, { params: { run, node }, body }),
    label: (run, body) => routes.ask(RUNS.labelRun, { params: { run }, body }),
    remove: (runs) => routes.ask(RUNS.removeRuns, { body: { runs } }),
    listAbandoned: () => routes.ask(RUNS.abandonedRuns),
  };
}

function nodesOver(routes: Routes): NodesApi {
  return { list: (run, query) => routes.ask(RUNS.listNodes, { params: { run }, query }) };
}

function tasksOver(routes: Routes): TasksApi {
  return {
    get: (run, node) => routes.ask(RUNS.task, { params: { run, node } }),
    stop: (run, node) => routes.ask(RUNS.stopTask, { params: { run, node } }),
    addTrials: (run, node, body) => routes.ask(RUNS.addTrials, { params: { run, node }, body }),
    prune: (execution) => routes.ask(RUNS.pruneExecution, { params: { execution } }),
  };
}

function executionsOver(routes: Routes): ExecutionsApi {
  return {
    list: (query) => routes.ask(RUNS.listExecutions, { query }),
    get: (execution) => routes.ask(RUNS.execution, { params: { execution } }),
    machineUse: (execution) => routes.ask(RUNS.machineUse, { params: { execution } }),
    checks: (execution) => routes.ask(RUNS.stepChecks, { params: { execution } }),
    stop: (execution) => routes.ask(RUNS.stopExecution, { params: { execution } }),
  };
}

function recordsOver(routes: Routes): RecordsApi {
  return {
    get: (ref) => routes.ask(RUNS.record, { params: { ref } }),
    compare: (refs, page) => routes.ask(RUNS.compare, { query: { refs, ...page } }),
    why: (ref, query) => routes.ask(RUNS.why, { params: { ref }, query }),
    codeFiles: (ref, query) => routes.ask(RUNS.listCodeFiles, { params: { ref }, query }),
    codeText: (ref, path) => routes.ask(RUNS.codeText, { params: { ref }, query: { path } }),
  };
}

function dataOver(routes: Routes): DataApi {
  return {
    list: (query) => routes.ask(FILES.listFiles, { query }),
    outputs: (ref, query) => routes.ask(FILES.listOutputs, { params: { ref }, query }),
    find: (name) => routes.ask(FILES.findFiles, { query: { name } }),
    get: (file) => routes.ask(FILES.file, { params: { file } }),
    holders: (file) => routes.ask(FILES.fileHolders, { params: { file } }),
    table: (file) => routes.ask(FILES.fileTable, { params: { file } }),
    lacking: (body) => routes.ask(UPLOADS.lackingContents, { body }),
    receive: ({ sha256, bytes, ...query }) =>
      routes.send(UPLOADS.receivePart, { headers: BYTES, asked: { params: { sha256 }, query }, body: () => bytes }),
    store: ({ contents, key = crypto.randomUUID(), ...head }) =>
      routes.send(UPLOADS.storeFiles, {
        headers: { ...BYTES, "idempotency-key": key },
        body: async function* body() {
          yield Buffer.from(`${JSON.stringify(head)}\n`);
          yield* contents;
        },
      }),
    purge: (files, options) => routes.ask(UPLOADS.purgeFiles, { body: { files, ...options } }),
    lineage: (query) => routes.ask(FILES.lineage, { query }),
    openLineage: (ref, query) => routes.ask(FILES.openLineage, { params: { ref }, query }),
    content: (file, range) => leavable((leaving) => fileStream(routes, file, range, leaving)),
  };
}

function aliasesOver(routes: Routes): AliasesApi {
  return {
    list: (query) => routes.ask(CATALOG.listAliases, { query }),
    get: (alias) => routes.ask(CATALOG.alias, { params: { alias } }),
    history: (alias, query) => routes.ask(CATALOG.aliasHistory, { params: { alias }, query }),
    move: (alias, body) => routes.ask(CATALOG.moveAlias, { params: { alias }, body }),
    rollBack: (alias, body) => routes.ask(CATALOG.rollBackAlias, { params: { alias }, body }),
    remove: (alias) => routes.ask(CATALOG.removeAlias, { params: { alias } }),
  };
}

function datasetsOver(routes: Routes): DatasetsApi {
  return {
    list: (query) => routes.ask(CATALOG.listDatasets, { query }),
    get: (dataset) => routes.ask(CATALOG.dataset, { params: { dataset } }),
    versions: (dataset, query) => routes.ask(CATALOG.listDatasetVersions, { params: { dataset }, query }),
    version: (dataset, version) => routes.ask(CATALOG.datasetVersion, { params: { dataset, version } }),
    files: (dataset, version, query) => routes.ask(CATALOG.listVersionFiles, { params: { dataset, version }, query }),
    compare: (dataset, version, query) => routes.ask(CATALOG.compareVersions, { params: { dataset, version }, query }),
    create: (dataset, body) => routes.ask(CATALOG.createDatasetVersion, { params: { dataset }, body }),
    remove: (dataset, version) => routes.ask(CATALOG.removeDatasetVersion, { params: { dataset, version } }),
  };
}

function modelsOver(routes: Routes): ModelsApi {
  return {
    list: (query) => routes.ask(MODELS.listModels, { query }),
    get: (model) => routes.ask(MODELS.model, { params: { model } }),
    versions: (model, query) => routes.ask(MODELS.listModelVersions, { params: { model }, query }),
    version: (model, version) => routes.ask(MODELS.modelVersion, { params: { model, version } }),
    decide: (model, version, body) => routes.ask(MODELS.decideModelVersion, { params: { model, version }, body }),
    aliases: (model) => routes.ask(MODELS.listModelAliases, { params: { model } }),
    moveAlias: (model, alias, body) => routes.ask(MODELS.moveModelAlias, { params: { model, alias }, body }),
    compare: (model, version, query) => routes.ask(MODELS.compareModelVersions, { params: { model, version }, query }),
  };
}

function storageOver(routes: Routes): StorageApi {
  return {
    usage: () => routes.ask(STORAGE.storage),
    garbage: () => routes.ask(STORAGE.garbage),
    clear: () => routes.ask(STORAGE.clearUp),
  };
}

function metricsOver(routes: Routes): MetricsApi {
  return {
    list: (query) => routes.ask(FILES.listMetrics, { query }),
    points: (query) => routes.ask(FILES.listPoints, { query }),
  };
}

function logsOver(routes: Routes, patience: StreamPatience): LogsApi {
  const parts: LogsApi["parts"] = (ref, query) =>
    leavable((leaving) =>
      streamOf(routes, { contract: LOGS.streamLog, asked: { params: { ref }, query }, patience }, leaving),
    );
  return {
    list: (ref, { follow: _, partial: __, ...query }) => routes.ask(LOGS.listLog, { params: { ref }, query }),
    parts,
    lines: (ref, query) => linesOf(parts(ref, query)),
    bytes: (ref, query) =>
      leavable(async function* bytes(signal) {
        const headers = { accept: "application/octet-stream" };
        const answer = await routes.open(LOGS.downloadLog, { params: { ref }, query }, { signal, headers });
        try {
          for await (const piece of answer) yield piece as Uint8Array;
        } catch (error) {
          throw unreachable(routes.url, error);
        } finally {
          answer.destroy();
        }
      }),
    follow: (execution, query) =>
      leavable((leaving) =>
        streamOf(routes, { contract: LOGS.followLog, asked: { params: { execution }, query }, patience }, leaving),
      ),
    window: (execution, query) => routes.ask(LOGS.logWindow, { params: { execution }, query }),
    search: (execution, query) => routes.ask(LOGS.searchLog, { params: { execution }, query }),
  };
}

/** Left together with the stream below, also while that waits. */
function linesOf(parts: AsyncIterable<LogPartView>): ReturnType<LogsApi["lines"]> {
  return leavable(async function* lines(leaving) {
    const items = parts[Symbol.asyncIterator]();
    using _leaving = onAbort(leaving, () => void items.return?.());
    try {
      for (let item = await items.next(); item.done !== true; item = await items.next()) yield* item.value.lines;
    } finally {
      await items.return?.();
    }
  });
}

function eventsOver(routes: Routes, patience: StreamPatience): EventsApi {
  return {
    list: (query) => routes.ask(FILES.listEvents, { query }),
    follow: (query) =>
      leavable((leaving) => streamOf(routes, { contract: FILES.followEvents, asked: { query }, patience }, leaving)),
  };
}

function environmentsOver(routes: Routes): EnvironmentsApi {
  return { list: () => routes.ask(FILES.listEnvironments) };
}

function configurationOver(routes: Routes): ConfigurationApi {
  return {
    get: (query = {}) => routes.ask(FILES.configuration, { query }),
    lint: (query = {}) => routes.ask(FILES.lint, { query }),
    graph: (pipeline, of = {}) =>
      routes.ask(FILES.graph, { query: { ...of, ...(pipeline !== undefined && { pipeline }) } }),
  };
}

function savedViewsOver(routes: Routes): SavedViewsApi {
  return {
    list: () => routes.ask(SAVED_VIEWS.listSavedViews),
    save: (view, body) => routes.ask(SAVED_VIEWS.saveView, { params: { view }, body }),
    remove: (view) => routes.ask(SAVED_VIEWS.removeSavedView, { params: { view } }),
  };
}

function variablesOver(routes: Routes): VariablesApi {
  return {
    list: () => routes.ask(VARIABLES.listVariables),
    set: (body) => routes.ask(VARIABLES.setVariable, { body }),
    remove: (name, query = {}) => routes.ask(VARIABLES.removeVariable, { params: { name }, query }),
    makeGroup: (group, query = {}) => routes.ask(VARIABLES.makeVariableGroup, { params: { group }, query }),
    removeGroup: (group, query = {}) => routes.ask(VARIABLES.removeVariableGroup, { params: { group }, query }),
  };
}
