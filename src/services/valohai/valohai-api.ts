import type { ValohaiApi, ValohaiLinks } from "../../api/index.ts";
import type { Context } from "../context.ts";

/** A service call of a project, and how addresses are made in its answer. */
export interface ValohaiContext extends Context {
  readonly links: ValohaiLinks;
}

/** The services of a project in the shapes of Valohai's API; each is loaded by the first question that it answers. */
export function valohaiApi(context: ValohaiContext): ValohaiApi {
  const executions = () => import("./executions.ts");
  const changes = () => import("./execution-changes.ts");
  const logs = () => import("./events.ts");
  const pipelines = () => import("./pipelines.ts");
  const tasks = () => import("./tasks.ts");
  const data = () => import("./data.ts");
  return {
    executions: {
      list: async (filter) => (await executions()).listExecutions(context, filter),
      get: async (ref, without) => (await executions()).getExecution(context, ref, without),
      create: async (body) => (await changes()).createExecution(context, body),
      copy: async (ref) => (await changes()).copyExecution(context, ref),
      stop: async (ref) => (await changes()).stopExecution(context, ref),
      remove: async (ref) => (await changes()).removeExecution(context, ref),
      setTags: async (ref, tags) => (await changes()).tagExecution(context, ref, tags),
      events: async (ref, limit) => (await logs()).eventsOf(context, ref, limit),
      statusEvents: async (ref) => (await logs()).statusEventsOf(context, ref),
      metadata: async (ref, page) => (await executions()).metadataOf(context, ref, page),
    },
    pipelines: {
      list: async (filter) => (await pipelines()).listPipelines(context, filter),
      get: async (ref) => (await pipelines()).getPipeline(context, ref),
      create: async (body) => (await pipelines()).createPipeline(context, body),
      stop: async (ref) => (await pipelines()).stopPipeline(context, ref),
      setTags: async (ref, tags) => (await pipelines()).tagPipeline(context, ref, tags),
    },
    tasks: {
      list: async (filter) => (await tasks()).listTasks(context, filter),
      get: async (ref) => (await tasks()).getTask(context, ref),
      create: async (body) => (await tasks()).createTask(context, body),
      stop: async (ref) => (await tasks()).stopTask(context, ref),
    },
    data: {
      list: async (filter) => (await data()).listData(context, filter),
      get: async (id) => (await data()).getDatum(context, id),
    },
    environments: {
      list: async (withCounts) => (await import("./environments.ts")).listEnvironments(context, withCounts),
    },
    summary: async () => (await executions()).summaryOf(context),
  };
}
