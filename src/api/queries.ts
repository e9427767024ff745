import * as z from "zod";
import { eventKind } from "./event-feed.ts";
import type { Json } from "./shape.ts";
import { nodeListState, runState } from "./states.ts";
import { number, time } from "./values.ts";

/*
 * The queries of lists. Everything that is absent does not narrow a list; everything that is there must hold together.
 * `after` is `next` of the page before, with the same query.
 */

/** The largest page that a list gives. */
export const LARGEST_PAGE = 10_000;

const page = {
  limit: z.int().positive().max(LARGEST_PAGE).describe("how many at most"),
  after: z.string().exactOptional().describe("`next` of the page before"),
};
const period = {
  since: time.exactOptional().describe("made at this moment or later"),
  until: time.exactOptional().describe("made before this moment"),
};
const rows = {
  states: z.array(runState).exactOptional(),
  tags: z.array(z.string()).exactOptional().describe("of the run: all of them"),
  below: number.exactOptional().describe("of smaller numbers only"),
  ...period,
  where: z.string().exactOptional().describe("an expression over parameters, metadata and facts"),
  sort: z.string().exactOptional().describe("`auc`: the greatest first; `loss:asc`: the least first"),
  columns: z.array(z.string()).exactOptional().describe("values to show, by name; `*` stands for any part of one"),
};

export const pageRequestSchema = z.object(page);
export type PageRequest = Json<typeof pageRequestSchema>;

/** `name` is that of an output which the pipeline of a run names. */
export const outputsQuerySchema = pageRequestSchema.extend({
  name: z.string().exactOptional().describe("of a run: only the files of the output of this name"),
});
export type OutputsQuery = Json<typeof outputsQuerySchema>;

export const runsQuerySchema = z.object({
  ...page,
  ...rows,
  name: z.string().exactOptional().describe("of the step or pipeline"),
});
export type RunsQuery = Json<typeof runsQuerySchema>;

export const executionsQuerySchema = z.object({
  ...page,
  ...rows,
  run: z.string().exactOptional().describe("of this run only, by its number or `latest`"),
  name: z.string().exactOptional().describe("of the step or pipeline that was run"),
  step: z.string().exactOptional().describe("of this step only"),
  node: z.string().exactOptional().describe("of nodes of this name only"),
});
export type ExecutionsQuery = Json<typeof executionsQuerySchema>;

export const nodesQuerySchema = z.object({ ...page, states: z.array(nodeListState).exactOptional() });
export type NodesQuery = Json<typeof nodesQuerySchema>;

export const filesQuerySchema = z.object({
  ...page,
  ...period,
  of: z.string().exactOptional().describe("made by this run or execution only"),
  name: z.string().exactOptional().describe("of the file; with `*` at its end, what it begins with"),
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{4,64}$/, "write at least 4 hexadecimal digits")
    .exactOptional()
    .describe("what its hash begins with"),
  step: z.string().exactOptional().describe("whose executions made it"),
  sort: z.enum(["created:desc", "created:asc", "name:asc", "name:desc"]).exactOptional(),
});
export type FilesQuery = Json<typeof filesQuerySchema>;

export const seriesQuerySchema = z.object({
  ...page,
  refs: z.array(z.string()).describe("runs and executions; a page has the metrics of `limit` executions"),
  keys: z.array(z.string()).exactOptional().describe("these only, with their points; else a summary of all"),
  axis: z.string().exactOptional().describe("the key to count by"),
  points: z
    .int()
    .min(4)
    .max(100_000)
    .exactOptional()
    .describe("thins the points of each to so many: of each stretch the first, the least, the greatest and the last"),
  smoothing: z
    .number()
    .min(0)
    .max(0.999)
    .exactOptional()
    .describe(
      "gives each point the exponential moving average over all points up to it, also those that are left out; the weight of what came before, as in TensorBoard and Weights & Biases. `points` then keeps the extremes of the average",
    ),
  from: z.number().exactOptional().describe("points from this `x` on only; sums are those of all points"),
  to: z.number().exactOptional().describe("points up to this `x` only"),
  since: time.exactOptional().describe("points that were printed at this moment or later only"),
  until: time.exactOptional().describe("points that were printed at this moment or earlier only"),
});
export type SeriesQuery = Json<typeof seriesQuerySchema>;

export const pointsQuerySchema = z.object({ ...page, refs: z.array(z.string()).describe("runs and executions") });
export type PointsQuery = Json<typeof pointsQuerySchema>;

export const logQuerySchema = z.object({
  stream: z.enum(["stdout", "stderr"]).exactOptional().describe("only this one"),
  tail: z.int().nonnegative().exactOptional().describe("only the last so many lines"),
  follow: z.boolean().exactOptional().describe("go on until the end of the run or execution"),
  since: time.exactOptional().describe("only what was printed at this moment or later"),
  matching: z.string().exactOptional().describe("only lines that this regular expression (JavaScript's) matches"),
  partial: z
    .boolean()
    .exactOptional()
    .describe("with `follow`: an unfinished line is given in pieces as it is written"),
  from: z.string().exactOptional().describe("only what follows a part of the log: its `next`"),
});
export type LogQuery = Json<typeof logQuerySchema>;

export const logWindowQuerySchema = z.object({
  first: z.int().nonnegative().exactOptional().describe("number of the first line, from 0; else the last lines"),
  at: z.literal("error").exactOptional().describe("without `first`: the lines around the first error, if there is one"),
  limit: page.limit,
});
export type LogWindowQuery = Json<typeof logWindowQuerySchema>;

export const logSearchQuerySchema = z.object({
  text: z.string().describe("to be found in a line; small and capital letters are the same, colours do not count"),
  first: z.int().nonnegative().exactOptional().describe("number of the line from which on"),
  limit: page.limit,
});
export type LogSearchQuery = Json<typeof logSearchQuerySchema>;

export const eventsQuerySchema = z.object({
  after: z
    .string()
    .exactOptional()
    .describe("`next` of the page before, the `id` of an event, or `latest`: only what comes"),
  run: z.string().exactOptional().describe("what happens in this run only"),
  kinds: z.array(eventKind).exactOptional().describe("of these kinds only"),
});
export type EventsQuery = Json<typeof eventsQuerySchema>;

export const codeQuerySchema = z.object({
  commit: z.string().exactOptional().describe("a branch, a tag or a commit; else the code at hand"),
});
export type CodeQuery = Json<typeof codeQuerySchema>;
