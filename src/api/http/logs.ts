import * as z from "zod";
import { logBatchSchema, logHitsSchema, logPartSchema, logWindowSchema } from "../logs.ts";
import { logQuerySchema, logSearchQuerySchema, logWindowQuerySchema, pageRequestSchema } from "../queries.ts";
import { contracts } from "./contract.ts";
import { inProject } from "./projects.ts";
import { inAddress } from "./query.ts";

const ofExecution = inProject.extend({ execution: z.string().describe("its number, or `number.node`") });
const ofRecord = inProject.extend({ ref: z.string().describe("a run or an execution") });
const access = { project: "project.read" } as const;
const tag = "Logs";
const { follow: _, partial: __, ...chosen } = logQuerySchema.shape;

/** The output that steps of a project print. */
export const LOGS = contracts({
  downloadLog: {
    ...{ method: "GET", path: "/api/v0/projects/:project/records/:ref/log/", access, tag },
    summary: "Download what a run or an execution printed, byte for byte",
    params: ofRecord,
    query: inAddress(logQuerySchema.pick({ stream: true })),
    stream: "bytes",
  },
  listLog: {
    ...{ method: "GET", path: "/api/v0/projects/:project/records/:ref/log/lines/", access, tag },
    summary: "List lines that a run or an execution printed, the oldest first",
    params: ofRecord,
    query: inAddress(z.object({ ...chosen, limit: pageRequestSchema.shape.limit })),
    reply: logPartSchema,
  },
  streamLog: {
    ...{ method: "GET", path: "/api/v0/projects/:project/records/:ref/log/lines/follow/", access, tag },
    summary: "Stream lines that a run or an execution printed, and with `follow` those that it prints",
    params: ofRecord,
    query: inAddress(logQuerySchema),
    reply: logPartSchema,
    stream: "events",
  },
  followLog: {
    ...{ method: "GET", path: "/api/v0/projects/:project/executions/:execution/log/follow/", access, tag },
    summary: "Stream what an execution prints, from its beginning to its end, with the line that it is writing",
    params: ofExecution,
    query: inAddress(logQuerySchema.pick({ tail: true, from: true })),
    reply: logBatchSchema,
    stream: "events",
  },
  logWindow: {
    ...{ method: "GET", path: "/api/v0/projects/:project/executions/:execution/log/window/", access, tag },
    summary: "List lines of an execution by their numbers, from anywhere in its log",
    params: ofExecution,
    query: inAddress(logWindowQuerySchema),
    reply: logWindowSchema,
  },
  searchLog: {
    ...{ method: "GET", path: "/api/v0/projects/:project/executions/:execution/log/search/", access, tag },
    summary: "List the numbers of the lines of an execution that have a text in them",
    params: ofExecution,
    query: inAddress(logSearchQuerySchema),
    reply: logHitsSchema,
  },
});
