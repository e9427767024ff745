import * as z from "zod";
import { serverHealthSchema } from "../storage.ts";
import { contracts } from "./contract.ts";

const tag = "Operations";

export const HEALTH = contracts({
  healthz: {
    ...{ method: "GET", path: "/healthz", access: "open", tag },
    summary: "Tell that the process answers",
    reply: z.object({ status: z.literal("ok") }),
  },
  server: {
    ...{ method: "GET", path: "/api/v0/server/", access: "open", tag },
    summary: "Tell that this is a Headrace server, and its version",
    reply: z.object({
      product: z.literal("headrace"),
      version: z.string().describe("of the program that answers"),
    }),
  },
  readyz: {
    ...{ method: "GET", path: "/readyz", access: "open", tag },
    summary: "Tell whether requests can be served: the database answers, and the disk has room; 503 where not",
    reply: z.object({ status: z.literal("ready") }),
  },
  serverHealth: {
    ...{ method: "GET", path: "/api/v0/server/health/", access: { server: "server.read" }, tag },
    summary: "Show how the server does: version, database, disk, engines, waiting work, latest failures",
    reply: serverHealthSchema,
  },
  metrics: {
    ...{ method: "GET", path: "/metrics", access: { server: "server.watch" }, tag },
    summary: "Tell Prometheus of requests, work and process, in its text format",
  },
});
