import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { actor, number, time } from "./values.ts";

const attempt = number.describe("which attempt, counted from 1");

/** The moment of a node's life at which a person is asked. */
export const approvalMoment = z
  .enum(["start", "end"])
  .describe("`start`: before the node begins; `end`: after it has ended, before what follows from that does");
const decision = z.enum(["approved", "rejected"]);
export type ApprovalMoment = z.infer<typeof approvalMoment>;

/**
 * The thing that a node waits for once its turn has come, as records and events tell it: times in ms since 1970. A
 * later kind of waiting is one more member here, and one in the view below.
 */
export const waitingForSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("retry"),
    attempt: attempt.exactOptional(),
    at: z.number().describe("its earliest time, in ms since 1970"),
  }),
  z.object({
    kind: z.literal("approval"),
    moment: approvalMoment,
    since: z.number().describe("when it was asked for, in ms since 1970"),
    timeout: z
      .object({ at: z.number().describe("in ms since 1970"), decision })
      .exactOptional()
      .describe("the answer that the file gives then, unless somebody has"),
  }),
]);
export type WaitingFor = Json<typeof waitingForSchema>;

/** The same for callers that ask for the state of a run. */
export const waitingForViewSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("retry"), attempt, at: time.describe("its earliest time") }),
  z.object({
    kind: z.literal("approval"),
    moment: approvalMoment,
    since: time.describe("when it was asked for"),
    timeout: z
      .object({ at: time, decision })
      .exactOptional()
      .describe("the answer that the file gives then, unless somebody has"),
  }),
]);
export type WaitingForView = Json<typeof waitingForViewSchema>;

/** A person's decision on a node that waits for it. */
export const approvalRequestSchema = z.object({
  decision,
  comment: z.string().describe("why; may be empty"),
});
export type ApprovalRequest = Json<typeof approvalRequestSchema>;

export const approvalSchema = shape("Approval", "An approval", {
  run: number.describe("number of the run"),
  node: z.string().describe("that waited for it"),
  moment: approvalMoment,
  decision: decision.describe("what was decided"),
  comment: z.string().describe("why; may be empty"),
  actor: actor.describe("who decided"),
  at: time.describe("when"),
});
export type ApprovalView = Json<typeof approvalSchema>;
