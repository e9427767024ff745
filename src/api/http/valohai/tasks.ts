import * as z from "zod";
import { contracts } from "../contract.ts";
import { listOf } from "../lists.ts";
import { newTask } from "./bodies.ts";
import { tasksFilter } from "./queries.ts";
import { stopAnswer, valohaiTask, valohaiTaskDetail } from "./shapes.ts";

const tag = "Tasks, as Valohai's clients call them";
const ofTask = z.object({
  task: z.string().describe("`PROJECT:COUNTER`, the counter of its run; `PROJECT:latest`; or its id"),
});

/** Tasks of runs in Valohai's shapes. */
export const VALOHAI_TASKS = contracts({
  valohaiListTasks: {
    ...{ method: "GET", path: "/api/v0/tasks/", access: { project: "project.read" }, tag },
    summary: "List tasks that have begun",
    query: tasksFilter,
    reply: listOf(valohaiTask),
  },
  valohaiCreateTask: {
    ...{ method: "POST", path: "/api/v0/tasks/", access: { project: "run.start" }, tag },
    summary: "Run a task that is spelled out",
    body: newTask,
    reply: valohaiTaskDetail,
    status: 201,
    isRepeatable: true,
  },
  valohaiTask: {
    ...{ method: "GET", path: "/api/v0/tasks/:task/", access: { project: "project.read", of: "task" }, tag },
    summary: "Show a task with its executions",
    params: ofTask,
    reply: valohaiTaskDetail,
  },
  valohaiStopTask: {
    ...{ method: "POST", path: "/api/v0/tasks/:task/stop/", access: { project: "run.stop", of: "task" }, tag },
    summary: "Ask a task to stop, and what runs of it",
    params: ofTask,
    reply: stopAnswer,
    isRepeatable: true,
  },
});
