import * as z from "zod";
import { values } from "../../values.ts";
import { contracts } from "../contract.ts";
import { listOf, pageQuery } from "../lists.ts";
import { newExecution } from "./bodies.ts";
import { eventsFilter, executionParts, executionsFilter } from "./queries.ts";
import { stopAnswer, valohaiEvent, valohaiExecution, valohaiExecutionDetail } from "./shapes.ts";

const tag = "Executions, as Valohai's clients call them";
const read = { project: "project.read", of: "execution" } as const;
const ofExecution = z.object({ execution: z.string().describe("`PROJECT:COUNTER`, `PROJECT:latest`, or its id") });
const tags = z.object({ tags: z.array(z.string().min(1).max(500)).max(1_000) });

/** Executions in Valohai's shapes; our own stand under their project. */
export const VALOHAI_EXECUTIONS = contracts({
  valohaiListExecutions: {
    ...{ method: "GET", path: "/api/v0/executions/", access: { project: "project.read" }, tag },
    summary: "List executions, with those that have not begun",
    query: executionsFilter,
    reply: listOf(valohaiExecution),
  },
  valohaiCreateExecution: {
    ...{ method: "POST", path: "/api/v0/executions/", access: { project: "run.start" }, tag },
    summary: "Run a step",
    body: newExecution,
    reply: valohaiExecutionDetail,
    status: 201,
    isRepeatable: true,
  },
  valohaiExecution: {
    ...{ method: "GET", path: "/api/v0/executions/:execution/", access: read, tag },
    summary: "Show an execution",
    params: ofExecution,
    query: executionParts,
    reply: valohaiExecutionDetail,
  },
  valohaiDeleteExecution: {
    ...{ method: "DELETE", path: "/api/v0/executions/:execution/", tag },
    access: { project: "run.delete", of: "execution" },
    summary: "Remove an execution that has ended, with all that only it needs",
    params: ofExecution,
  },
  valohaiStopExecution: {
    ...{ method: "POST", path: "/api/v0/executions/:execution/stop/", tag },
    access: { project: "run.stop", of: "execution" },
    summary: "Ask an execution to stop",
    params: ofExecution,
    reply: stopAnswer,
    isRepeatable: true,
  },
  valohaiCopyExecution: {
    ...{ method: "POST", path: "/api/v0/executions/:execution/copy/", tag },
    access: { project: "run.start", of: "execution" },
    summary: "Run the step of an execution again, with the same code, parameters and inputs",
    params: ofExecution,
    reply: valohaiExecutionDetail,
    status: 201,
    isRepeatable: true,
  },
  valohaiEvents: {
    ...{ method: "GET", path: "/api/v0/executions/:execution/events/", access: read, tag },
    summary: "Show the log of an execution, with what happened to it",
    params: ofExecution,
    query: eventsFilter,
    reply: z.object({
      total: z.number().int().describe("how many there are"),
      truncated: z.boolean().describe("these are the last of them"),
      events: z.array(valohaiEvent),
    }),
  },
  valohaiStatusEvents: {
    ...{ method: "GET", path: "/api/v0/executions/:execution/status-events/", access: read, tag },
    summary: "Show what happened to an execution",
    params: ofExecution,
    query: eventsFilter,
    reply: z.object({ total: z.number().int(), status_events: z.array(valohaiEvent) }),
  },
  valohaiMetadata: {
    ...{ method: "GET", path: "/api/v0/executions/:execution/metadata/", access: read, tag },
    summary: "List the points of its metadata, oldest first",
    params: ofExecution,
    query: pageQuery,
    reply: listOf(values),
  },
  valohaiTags: {
    ...{ method: "PUT", path: "/api/v0/executions/:execution/tags/", tag },
    access: { project: "run.label", of: "execution" },
    summary: "Set the tags of an execution, which are those of its run",
    params: ofExecution,
    body: tags,
    reply: tags,
  },
  valohaiAddTags: {
    ...{ method: "POST", path: "/api/v0/executions/:execution/tags/", tag },
    access: { project: "run.label", of: "execution" },
    summary: "Add tags to an execution",
    params: ofExecution,
    body: tags,
    reply: tags,
    isRepeatable: true,
  },
});
