import type { RUNS } from "../../api/index.ts";
import type { Handlers } from "../call.ts";

/** Plans, runs, nodes and executions of a project: what its services answer, as it is. */
export function runRoutes(): Handlers<typeof RUNS> {
  return {
    createPlan: async ({ open, body }) => (await open()).plans.create(body),
    foreseePlan: async ({ open, params }) => (await open()).plans.foresee(params.plan),
    startRun: async ({ open, body: { plan, ...request } }) => (await open()).runs.start(plan, request),
    listRuns: async ({ open, query }) => (await open()).runs.list(query),
    abandonedRuns: async ({ open }) => (await open()).runs.listAbandoned(),
    removeRuns: async ({ open, body }) => (await open()).runs.remove(body.runs),
    run: async ({ open, params }) => (await open()).runs.get(params.run),
    labelRun: async ({ open, params, body }) => (await open()).runs.label(params.run, body),
    stopRun: async ({ open, params }) => (await open()).runs.stop(params.run),
    decideApproval: async ({ open, params: { run, node }, body }) => (await open()).runs.decide(run, node, body),
    listNodes: async ({ open, params, query }) => (await open()).nodes.list(params.run, query),
    task: async ({ open, params }) => (await open()).tasks.get(params.run, params.node),
    stopTask: async ({ open, params }) => (await open()).tasks.stop(params.run, params.node),
    addTrials: async ({ open, params, body }) => (await open()).tasks.addTrials(params.run, params.node, body),
    pruneExecution: async ({ open, params }) => (await open()).tasks.prune(params.execution),
    listExecutions: async ({ open, query }) => (await open()).executions.list(query),
    execution: async ({ open, params }) => (await open()).executions.get(params.execution),
    machineUse: async ({ open, params }) => (await open()).executions.machineUse(params.execution),
    stepChecks: async ({ open, params }) => (await open()).executions.checks(params.execution),
    stopExecution: async ({ open, params }) => (await open()).executions.stop(params.execution),
    record: async ({ open, params }) => (await open()).records.get(params.ref),
    why: async ({ open, params, query }) => (await open()).records.why(params.ref, query),
    listCodeFiles: async ({ open, params, query }) => (await open()).records.codeFiles(params.ref, query),
    codeText: async ({ open, params, query }) => (await open()).records.codeText(params.ref, query.path),
    compare: async ({ open, query: { refs, ...page } }) => (await open()).records.compare(refs, page),
  };
}
