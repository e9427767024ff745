import * as z from "zod";
import type { Json } from "./shape.ts";
import { count, number } from "./values.ts";

const run = number.describe("number of the run");
const runName = z.string().describe("of its step or pipeline");
const project = z.string().exactOptional().describe("id of the project, where one process works for several");

const ready = z.object({
  kind: z.literal("ready"),
  engine: z.string().describe("its id"),
  slots: count.describe("how many steps it runs at a time"),
  pool: z.string().describe("where its files are"),
});
const runTaken = z.object({ kind: z.literal("run-taken"), run, name: runName, project });
const runEnded = z.object({
  kind: z.literal("run-ended"),
  run,
  name: runName,
  state: z.string().describe("how it ended"),
  project,
});
const runLeft = z.object({
  kind: z.literal("run-left"),
  run,
  name: runName,
  reason: z.string().describe("why, in words"),
  project,
});
const adopted = z.object({
  kind: z.literal("adopted"),
  execution: number.describe("number of the execution"),
  node: z.string().describe("its node"),
  project,
});

/** A message of a process that works for a project. */
export const engineNoticeSchema = z.discriminatedUnion("kind", [ready, runTaken, runEnded, runLeft, adopted]);
export type EngineNotice = Json<typeof engineNoticeSchema>;

const lines = [
  ...engineNoticeSchema.options,
  z.object({ kind: z.literal("leaving"), signal: z.string().describe("that asked it to leave") }),
  z.object({ kind: z.literal("hangup") }),
  z.object({ kind: z.literal("ended") }),
] as const;

/** A line of `headrace engine --json`. */
export const engineLineSchema = z
  .discriminatedUnion("kind", [...lines])
  .meta({ id: "EngineLine", title: "A line of an engine" });

const listening = z.object({
  kind: z.literal("listening"),
  url: z.string().describe("where the server is reached"),
  loginUrl: z.string().exactOptional().describe("logs the user in, once; absent for a server with a home"),
});
const admin = z.object({
  kind: z.literal("admin"),
  name: z.string().describe("of the first user, an administrator"),
  password: z.string().describe("made at the first start, and told once"),
});
const adminWithoutLogin = z.object({
  kind: z.literal("admin-without-login"),
  name: z.string().describe("of the first user, as whom nobody has logged in yet"),
});
const failure = z.object({
  kind: z.literal("failure"),
  message: z.string().describe("of what is tried again"),
  project,
});

/** A line of `headrace serve --json`. */
export const serverLineSchema = z
  .discriminatedUnion("kind", [admin, adminWithoutLogin, listening, failure, ...lines])
  .meta({ id: "ServerLine", title: "A line of a server" });
