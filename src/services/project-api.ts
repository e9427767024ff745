import type {
  AliasesApi,
  CodeApi,
  ConfigurationApi,
  DataApi,
  DatasetsApi,
  EnvironmentsApi,
  EventsApi,
  ExecutionsApi,
  LogsApi,
  MetricsApi,
  ModelsApi,
  NodesApi,
  PlansApi,
  ProjectApi,
  RecordsApi,
  RunsApi,
  SavedViewsApi,
  StorageApi,
  TasksApi,
  VariablesApi,
} from "../api/index.ts";
import { leavable } from "../concurrency/index.ts";
import type { Context } from "./context.ts";

/**
 * The services of a project for one who asks, in this process. Each is loaded by the first question that it answers, so
 * that listing runs costs little more than starting Node.
 */
export function projectApi(context: Context): ProjectApi {
  return {
    code: codeApi(context),
    plans: plansApi(context),
    runs: runsApi(context),
    nodes: nodesApi(context),
    tasks: tasksApi(context),
    executions: executionsApi(context),
    records: recordsApi(context),
    data: dataApi(context),
    aliases: aliasesApi(context),
    datasets: datasetsApi(context),
    models: modelsApi(context),
    metrics: metricsApi(context),
    logs: logsApi(context),
    events: eventsApi(context),
    environments: environmentsApi(context),
    configuration: configurationApi(context),
    variables: variablesApi(context),
    storage: storageApi(context),
    savedViews: savedViewsApi(context),
  };
}

function codeApi(context: Context): CodeApi {
  return {
    missing: async (manifest) => (await import("./uploads/store-code.ts")).missingCode(context, manifest),
    store: async (upload) => (await import("./uploads/store-code.ts")).storeCode(context, upload),
  };
}

function plansApi(context: Context): PlansApi {
  return {
    create: async (request) => (await import("./plans/create-plan.ts")).createPlan(context, request),
    foresee: async (plan) => (await import("./plans/create-plan.ts")).foreseePlan(context, plan),
  };
}

function runsApi(context: Context): RunsApi {
  return {
    start: async (plan, request) => (await import("./runs/start-run.ts")).startRun(context, plan, request),
    list: async (query) => (await import("./runs/list-runs.ts")).listRuns(context, query),
    get: async (run) => (await import("./records/get-subject.ts")).getRun(context, run),
    stop: async (run) => (await import("./runs/request-stop.ts")).stopRun(context, run),
    decide: async (run, node, request) =>
      (await import("./runs/decide-approval.ts")).decideApproval(context, run, node, request),
    label: async (run, labels) => (await import("./runs/label-run.ts")).labelRun(context, run, labels),
    remove: async (runs) => (await import("./housekeeping/remove-runs.ts")).removeRuns(context, runs),
    listAbandoned: async () => (await import("./runs/abandoned-runs.ts")).abandonedRuns(context),
  };
}

function nodesApi(context: Context): NodesApi {
  return { list: async (run, query) => (await import("./nodes/list-nodes.ts")).listNodes(context, run, query) };
}

function tasksApi(context: Context): TasksApi {
  const changes = () => import("./tasks/change-task.ts");
  return {
    get: async (run, node) => (await import("./tasks/read-task.ts")).getTask(context, run, node),
    stop: async (run, node) => (await changes()).stopTask(context, run, node),
    addTrials: async (run, node, { count }) => (await changes()).addTrials(context, run, node, count),
    prune: async (execution) => (await changes()).pruneExecution(context, execution),
  };
}

function executionsApi(context: Context): ExecutionsApi {
  return {
    list: async (query) => (await import("./executions/list-executions.ts")).listExecutions(context, query),
    get: async (execution) => (await import("./records/get-subject.ts")).getExecution(context, execution),
    machineUse: async (execution) => (await import("./records/get-subject.ts")).getMachineUse(context, execution),
    checks: async (execution) => (await import("./records/step-checks.ts")).getStepChecks(context, execution),
    stop: async (execution) => (await import("./runs/request-stop.ts")).stopExecution(context, execution),
  };
}

function recordsApi(context: Context): RecordsApi {
  return {
    get: async (ref) => (await import("./records/get-subject.ts")).getSubject(context, ref),
    compare: async (refs, page) => (await import("./records/compare/compare-refs.ts")).compareRefs(context, refs, page),
    why: async (ref, page) => (await import("./records/why/why.ts")).whyOf(context, ref, page),
    codeFiles: async (ref, page) => (await import("./records/code-files.ts")).listCodeFiles(context, ref, page),
    codeText: async (ref, path) => (await import("./records/code-files.ts")).codeText(context, ref, path),
  };
}

function dataApi(context: Context): DataApi {
  return {
    list: async (query) => (await import("./data/list-files.ts")).listFiles(context, query),
    outputs: async (ref, page) => (await import("./data/list-outputs.ts")).listOutputs(context, ref, page),
    find: async (name) => (await import("./data/find-files.ts")).findFiles(context, name),
    get: async (id) => (await import("./data/find-files.ts")).fileById(context, id),
    holders: async (id) => (await import("./data/file-holders.ts")).fileHolders(context, id),
    table: async (id) => (await import("./data/table-of-file.ts")).tableOfFile(context, id),
    lacking: async (query) => (await import("./uploads/upload-files.ts")).lackingContents(context, query),
    receive: async (part) => (await import("./uploads/upload-files.ts")).receivePart(context, part),
    store: async (upload) => (await import("./uploads/upload-files.ts")).storeFiles(context, upload),
    purge: async (files, options) => (await import("./data/purge-files.ts")).purgeFiles(context, files, options),
    lineage: async (query) => (await import("./lineage/lineage.ts")).lineageOf(context, query),
    openLineage: async (ref, page) =>
      (await import("./lineage/openlineage/list-events.ts")).listLineageEvents(context, ref, page),
    content: (id, range) =>
      leavable(async function* content() {
        yield* (await import("./data/file-content.ts")).fileContent(context, id, range);
      }, context.signal),
  };
}

function aliasesApi(context: Context): AliasesApi {
  const service = () => import("./catalog/aliases.ts");
  return {
    list: async (query) => (await service()).listAliases(context, query),
    get: async (alias) => (await service()).getAlias(context, alias),
    history: async (alias, page) => (await service()).aliasHistory(context, alias, page),
    move: async (alias, wish) => (await service()).moveAlias(context, alias, wish),
    rollBack: async (alias, wish) => (await service()).rollBackAlias(context, alias, wish),
    remove: async (alias) => (await service()).removeAlias(context, alias),
  };
}

function datasetsApi(context: Context): DatasetsApi {
  const service = () => import("./catalog/datasets.ts");
  return {
    list: async (page) => (await service()).listDatasets(context, page),
    get: async (dataset) => (await service()).getDataset(context, dataset),
    versions: async (dataset, page) => (await service()).listVersions(context, dataset, page),
    version: async (dataset, version) => (await service()).getVersion(context, dataset, version),
    files: async (dataset, version, page) => (await service()).versionFiles(context, dataset, version, page),
    compare: async (dataset, version, query) => (await service()).compareVersions(context, dataset, version, query),
    create: async (dataset, version) => (await service()).createVersion(context, dataset, version),
    remove: async (dataset, version) => (await service()).removeVersion(context, dataset, version),
  };
}

function modelsApi(context: Context): ModelsApi {
  const service = () => import("./models/models.ts");
  return {
    list: async (page) => (await service()).listModels(context, page),
    get: async (model) => (await service()).getModel(context, model),
    versions: async (model, page) => (await service()).listModelVersions(context, model, page),
    version: async (model, version) => (await service()).getModelVersion(context, model, version),
    decide: async (model, version, request) => (await service()).decideModelVersion(context, model, version, request),
    aliases: async (model) => (await service()).listModelAliases(context, model),
    moveAlias: async (model, alias, wish) => (await service()).moveModelAlias(context, model, alias, wish),
    compare: async (model, version, query) => (await service()).compareModelVersions(context, model, version, query),
  };
}

function metricsApi(context: Context): MetricsApi {
  return {
    list: async (query) => (await import("./metrics/list-metrics.ts")).listMetrics(context, query),
    points: async (query) => (await import("./metrics/metric-points.ts")).listPoints(context, query),
  };
}

function logsApi(context: Context): LogsApi {
  return {
    list: async (ref, query) => {
      const { listLog } = await import("./logs/log-service.ts");
      return await listLog(context, ref, query, context.signal ?? new AbortController().signal);
    },
    parts: (ref, query) =>
      leavable(async function* parts(leaving) {
        yield* (await import("./logs/log-service.ts")).logParts(context, ref, query, leaving);
      }, context.signal),
    lines: (ref, query) =>
      leavable(async function* lines(leaving) {
        yield* (await import("./logs/log-service.ts")).logLines(context, ref, query, leaving);
      }, context.signal),
    bytes: (ref, query) =>
      leavable(async function* bytes() {
        yield* (await import("./logs/log-service.ts")).logBytes(context, ref, query);
      }, context.signal),
    follow: (execution, query) =>
      leavable(async function* batches(leaving) {
        yield* (await import("./logs/log-service.ts")).logBatches(context, execution, query, leaving);
      }, context.signal),
    window: async (execution, query) => (await import("./logs/log-window.ts")).logWindow(context, execution, query),
    search: async (execution, query) => (await import("./logs/log-window.ts")).searchLog(context, execution, query),
  };
}

function eventsApi(context: Context): EventsApi {
  return {
    list: async (query) => (await import("./events/read-events.ts")).listEvents(context, query),
    follow: (query) =>
      leavable(async function* events(leaving) {
        yield* (await import("./events/read-events.ts")).followEvents(context, query, leaving);
      }, context.signal),
  };
}

function environmentsApi(context: Context): EnvironmentsApi {
  return { list: async () => (await import("./environments/list-environments.ts")).listEnvironments(context) };
}

function configurationApi(context: Context): ConfigurationApi {
  return {
    get: async (of) => (await import("./configuration/describe-configuration.ts")).getConfiguration(context, of),
    lint: async (of) => (await import("./configuration/describe-configuration.ts")).lintConfiguration(context, of),
    graph: async (pipeline, of) =>
      (await import("./configuration/describe-configuration.ts")).graphOf(context, pipeline, of),
  };
}

function storageApi(context: Context): StorageApi {
  const service = () => import("./housekeeping/storage.ts");
  return {
    usage: async () => (await service()).storageUsage(context),
    garbage: async () => (await service()).garbageOf(context),
    clear: async () => (await service()).clearUp(context),
  };
}

function variablesApi(context: Context): VariablesApi {
  const service = () => import("./variables/project-variables.ts");
  return {
    list: async () => (await service()).listVariables(context),
    set: async (variable) => (await service()).setVariable(context, variable),
    remove: async (name, of) => (await service()).removeVariable(context, name, of),
    makeGroup: async (group, of) => (await service()).makeGroup(context, group, of),
    removeGroup: async (group, of) => (await service()).removeGroup(context, group, of),
  };
}

function savedViewsApi(context: Context): SavedViewsApi {
  const service = () => import("./saved-views/saved-views.ts");
  return {
    list: async () => (await service()).listSavedViews(context),
    save: async (name, view) => (await service()).saveView(context, name, view),
    remove: async (name) => (await service()).removeSavedView(context, name),
  };
}
