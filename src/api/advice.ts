import * as z from "zod";
import type { Action, RequestOption } from "../advice.ts";
import { number } from "./values.ts";

const OPTIONS: Readonly<Record<RequestOption, true>> = {
  blobs: true,
  certificate: true,
  config: true,
  debug: true,
  destination: true,
  downstream: true,
  environment: true,
  fresh: true,
  from: true,
  input: true,
  interactive: true,
  jobs: true,
  keep: true,
  local: true,
  overwrite: true,
  parameter: true,
  port: true,
  project: true,
  "project-name": true,
  sandbox: true,
  variable: true,
  where: true,
};
const options = Object.keys(OPTIONS) as [RequestOption, ...RequestOption[]];

const run = number.describe("number of the run");

/** The actions that a user can take: `Action` of src/advice.ts, as JSON. */
const actionSchema: z.ZodType<Action> = z
  .discriminatedUnion("do", [
    z.object({
      do: z.enum([
        ...(["list-runs", "list-environments", "verify-files", "clean-up", "examine", "write-note"] as const),
        ...(["check-configuration", "start-project", "start-engine", "list-files", "download-files"] as const),
        ...(["upload-data", "list-datasets", "list-models"] as const),
      ]),
    }),
    z.object({ do: z.literal("show-dataset"), dataset: z.string().describe("its name") }),
    z.object({ do: z.literal("show-model"), model: z.string().describe("its name") }),
    z.object({ do: z.enum(["show-run", "resume", "stop"]), run: run.exactOptional() }),
    z.object({ do: z.literal("attach"), run }),
    z.object({ do: z.literal("remove-runs"), runs: z.array(number).describe("their numbers") }),
    z.object({ do: z.literal("explain"), execution: number.describe("number of the execution") }),
    z.object({
      do: z.literal("run"),
      target: z.string().describe("step or pipeline"),
      from: z.string().exactOptional().describe("an earlier run or execution"),
      interactive: z.literal(true).exactOptional().describe("on a terminal"),
    }),
    z.object({ do: z.literal("move-records"), to: z.literal("sqlite").describe("where to") }),
    z.object({ do: z.literal("read-manual"), page: z.string().describe("of the manual") }),
    z.object({ do: z.literal("log-in"), server: z.string().describe("its address") }),
    z.object({
      do: z.literal("set"),
      option: z.enum(options).describe("of the request, by its name in all faces"),
      value: z.string().exactOptional().describe("which to give"),
    }),
  ])
  .meta({ id: "Action", title: "An action" });

export const adviceSchema = z.array(z.union([z.string(), actionSchema]));
