import * as z from "zod";
import { stopWishSchema, subjectSchema } from "../answers.ts";
import { stepChecksSchema } from "../checks.ts";
import { codeFileSchema, codeTextSchema } from "../code-files.ts";
import { comparisonPageSchema } from "../comparisons.ts";
import { executionSchema } from "../executions.ts";
import { garbageSchema } from "../housekeeping.ts";
import { machineUseSchema } from "../machine-use.ts";
import { pageOf } from "../page.ts";
import { foresightSchema, plannedSchema, planRequestSchema, startRequestSchema } from "../plans.ts";
import { executionsQuerySchema, nodesQuerySchema, pageRequestSchema, runsQuerySchema } from "../queries.ts";
import { whySchema } from "../reasons.ts";
import {
  executionListSchema,
  labelsSchema,
  nodeSchema,
  recordedRunSchema,
  runListSchema,
  runRecordSchema,
  runSchema,
} from "../runs.ts";
import { moreTrialsSchema, taskSchema } from "../tasks.ts";
import { approvalRequestSchema, approvalSchema } from "../waiting.ts";
import { contracts } from "./contract.ts";
import { inProject } from "./projects.ts";
import { inAddress } from "./query.ts";

const ofRun = inProject.extend({ run: z.string().describe("its number, or `latest`") });
const ofExecution = inProject.extend({ execution: z.string().describe("its number, or `number.node`") });
const ofRecord = inProject.extend({ ref: z.string().describe("a run or an execution") });
const ofTask = ofRun.extend({ node: z.string().describe("that is a task") });
const read = { project: "project.read" } as const;
const tag = "Runs";

/** Plans, runs, nodes and executions of a project, in the JSON that commands print. */
export const RUNS = contracts({
  createPlan: {
    ...{ method: "POST", path: "/api/v0/projects/:project/plans/", access: { project: "run.start" }, tag },
    summary: "Hold a request against the configuration, and keep the plan for a while",
    params: inProject,
    body: z.strictObject(planRequestSchema.shape),
    reply: plannedSchema,
    status: 201,
    isRepeatable: true,
  },
  foreseePlan: {
    ...{
      method: "GET",
      path: "/api/v0/projects/:project/plans/:plan/foresight/",
      access: { project: "run.start" },
      tag,
    },
    summary: "Tell which nodes of a plan would be reused",
    params: inProject.extend({ plan: z.string().describe("id of the plan") }),
    reply: foresightSchema,
  },
  startRun: {
    ...{ method: "POST", path: "/api/v0/projects/:project/runs/", access: { project: "run.start" }, tag },
    summary: "Start a run of a plan",
    params: inProject,
    body: z.strictObject({ plan: z.string().describe("id of the plan"), ...startRequestSchema.shape }),
    reply: recordedRunSchema,
    status: 201,
    isRepeatable: true,
  },
  listRuns: {
    ...{ method: "GET", path: "/api/v0/projects/:project/runs/", access: read, tag },
    summary: "List runs, newest first or by a value",
    params: inProject,
    query: inAddress(runsQuerySchema),
    reply: runListSchema,
  },
  abandonedRuns: {
    ...{ method: "GET", path: "/api/v0/projects/:project/runs/abandoned/", access: read, tag },
    summary: "List runs that have not ended and that no process drives",
    params: inProject,
    reply: z.array(runSchema),
  },
  removeRuns: {
    ...{ method: "POST", path: "/api/v0/projects/:project/runs/remove/", access: { project: "run.delete" }, tag },
    summary: "Remove runs, with all that only they need",
    params: inProject,
    body: z.strictObject({ runs: z.array(z.string()).min(1).max(1_000) }),
    reply: garbageSchema,
  },
  run: {
    ...{ method: "GET", path: "/api/v0/projects/:project/runs/:run/", access: read, tag },
    summary: "Show a run",
    params: ofRun,
    reply: runRecordSchema,
  },
  labelRun: {
    ...{ method: "PATCH", path: "/api/v0/projects/:project/runs/:run/", access: { project: "run.label" }, tag },
    summary: "Change the title, the note or the tags of a run",
    params: ofRun,
    body: z.strictObject(labelsSchema.shape),
    reply: runSchema,
  },
  stopRun: {
    ...{ method: "POST", path: "/api/v0/projects/:project/runs/:run/stop/", access: { project: "run.stop" }, tag },
    summary: "Ask a run to stop; whoever drives it stops it",
    params: ofRun,
    reply: stopWishSchema,
    isRepeatable: true,
  },
  decideApproval: {
    ...{ method: "POST", path: "/api/v0/projects/:project/runs/:run/nodes/:node/approval/", tag },
    access: { project: "run.approve" },
    summary: "Approve or reject that a node begins which waits for it",
    params: ofRun.extend({ node: z.string().describe("that waits") }),
    body: z.strictObject(approvalRequestSchema.shape),
    reply: approvalSchema,
  },
  listNodes: {
    ...{ method: "GET", path: "/api/v0/projects/:project/runs/:run/nodes/", access: read, tag },
    summary: "List the nodes of a run in the plan's order",
    params: ofRun,
    query: inAddress(nodesQuerySchema),
    reply: pageOf(nodeSchema),
  },
  task: {
    ...{ method: "GET", path: "/api/v0/projects/:project/runs/:run/tasks/:node/", access: read, tag },
    summary: "Show a task of a run with its trials",
    params: ofTask,
    reply: taskSchema,
  },
  stopTask: {
    ...{ method: "POST", path: "/api/v0/projects/:project/runs/:run/tasks/:node/stop/", tag },
    access: { project: "run.stop" },
    summary: "Ask a task to stop, and what runs of it",
    params: ofTask,
    reply: stopWishSchema,
  },
  addTrials: {
    ...{ method: "POST", path: "/api/v0/projects/:project/runs/:run/tasks/:node/trials/", tag },
    access: { project: "run.start" },
    summary: "Let a task that goes on make more executions",
    params: ofTask,
    body: z.strictObject(moreTrialsSchema.shape),
    reply: taskSchema,
  },
  pruneExecution: {
    ...{ method: "POST", path: "/api/v0/projects/:project/executions/:execution/prune/", tag },
    access: { project: "run.stop" },
    summary: "Stop an execution of a task, which counts as one that does worse than others",
    params: ofExecution,
    reply: stopWishSchema,
  },
  listExecutions: {
    ...{ method: "GET", path: "/api/v0/projects/:project/executions/", access: read, tag },
    summary: "List executions, newest first or by a value",
    params: inProject,
    query: inAddress(executionsQuerySchema),
    reply: executionListSchema,
  },
  execution: {
    ...{ method: "GET", path: "/api/v0/projects/:project/executions/:execution/", access: read, tag },
    summary: "Show an execution with its files",
    params: ofExecution,
    reply: executionSchema,
  },
  machineUse: {
    ...{ method: "GET", path: "/api/v0/projects/:project/executions/:execution/machine-use/", access: read, tag },
    summary: "Show what an execution used of the machine; `null` where nothing was noted",
    params: ofExecution,
    reply: machineUseSchema.nullable(),
  },
  stepChecks: {
    ...{ method: "GET", path: "/api/v0/projects/:project/executions/:execution/checks/", access: read, tag },
    summary: "Show the results of the checks of an execution; `null` where its step has none",
    params: ofExecution,
    reply: stepChecksSchema.nullable(),
  },
  stopExecution: {
    ...{ method: "POST", path: "/api/v0/projects/:project/executions/:execution/stop/", tag },
    access: { project: "run.stop" },
    summary: "Ask an execution to stop",
    params: ofExecution,
    reply: stopWishSchema,
    isRepeatable: true,
  },
  record: {
    ...{ method: "GET", path: "/api/v0/projects/:project/records/:ref/", access: read, tag },
    summary: "Show a run or an execution, whichever has the number",
    params: ofRecord,
    reply: subjectSchema,
  },
  why: {
    ...{ method: "GET", path: "/api/v0/projects/:project/records/:ref/why/", access: read, tag },
    summary: "Tell why nodes ran or were reused",
    params: ofRecord,
    query: inAddress(pageRequestSchema),
    reply: pageOf(whySchema),
  },
  listCodeFiles: {
    ...{ method: "GET", path: "/api/v0/projects/:project/records/:ref/code/", access: read, tag },
    summary: "List the files of the code that a run or an execution used, by path",
    params: ofRecord,
    query: inAddress(pageRequestSchema),
    reply: pageOf(codeFileSchema),
  },
  codeText: {
    ...{ method: "GET", path: "/api/v0/projects/:project/records/:ref/code/text/", access: read, tag },
    summary: "Show a file of that code, with its text",
    params: ofRecord,
    query: z.strictObject({ path: z.string().min(1).max(4_096).describe("of the file, such as `src/train.py`") }),
    reply: codeTextSchema,
  },
  compare: {
    ...{ method: "GET", path: "/api/v0/projects/:project/compare/", access: read, tag },
    summary: "Compare runs, or executions",
    params: inProject,
    query: inAddress(
      pageRequestSchema.extend({ refs: z.array(z.string()).describe("numbers, or nodes such as 12.train") }),
    ),
    reply: comparisonPageSchema,
  },
});
