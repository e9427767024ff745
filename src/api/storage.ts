import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { count, sizeBytes, time } from "./values.ts";

const amount = z.object({ count: count.describe("how many"), sizeBytes });

export const storageSchema = shape("Storage", "What a project stores", {
  made: amount.describe("files that executions made"),
  fetched: amount.describe("files that were fetched from outside"),
  contents: amount.describe("different contents among both, each of which is stored once"),
});
export type StorageView = Json<typeof storageSchema>;

export const serverHealthSchema = shape("ServerHealth", "The health of a server", {
  version: z.string().describe("of the program that answers"),
  node: z.string().describe("version of Node.js"),
  startedAt: time.describe("when this process began"),
  memoryBytes: count.describe("memory of this process"),
  database: z
    .object({
      kind: z.enum(["file", "server"]).describe("SQLite or PostgreSQL"),
      location: z.string().describe("its file, or its address without the password"),
      schema: count.describe("version of its tables"),
      sizeBytes: count.nullable().describe("size of all of it"),
      answerMs: z.number().describe("how long it took to answer a small question"),
    })
    .describe("where the records are"),
  disk: z
    .object({
      folder: z.string().describe("that the server keeps its files in"),
      freeBytes: count.describe("room for more"),
      totalBytes: count.describe("of the disk"),
    })
    .nullable()
    .describe("`null` where none is looked at"),
  engines: z
    .array(
      z.object({
        id: z.string().describe("of the engine"),
        host: z.string().describe("the machine"),
        pid: count.describe("number of its process there"),
        takesAnyRun: z.boolean().describe("it works for whichever run there is"),
      }),
    )
    .describe("processes that work for runs, as the database knows them"),
  work: z
    .object({
      runs: z.record(z.string(), count).describe("those that have not ended, by state"),
      executions: z.record(z.string(), count).describe("those that have not ended, by state"),
      oldestQueuedAt: time.nullable().describe("when the oldest execution was made that still waits for an engine"),
    })
    .describe("in all projects"),
  problems: z
    .array(
      z.object({
        at: time.describe("when it was answered"),
        method: z.string().describe("of the request"),
        route: z.string().describe("without what it names"),
        status: z.int().describe("of the answer: 500 and above"),
        requestId: z.string().describe("by which the log of the server has it"),
      }),
    )
    .describe("the latest failures of this process, newest first"),
});
export type ServerHealthView = Json<typeof serverHealthSchema>;
