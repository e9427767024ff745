import * as z from "zod";
import { pageQuery } from "../lists.ts";

const LONGEST_LIST = 10_000;
/** A greater offset is no page that somebody turns to. */
const LARGEST_OFFSET = 1_000_000;

/** A value that comes once or several times. */
function listed<Item extends z.ZodType>(item: Item) {
  return z.union([z.array(item), item]).transform((value): z.output<Item>[] =>
    // A list is no item of its own here: items are texts and numbers.
    Array.isArray(value) ? (value as z.output<Item>[]) : [value as z.output<Item>],
  );
}

/** As Python writes it, too. */
const truth = z.enum(["true", "false", "True", "False", "1", "0"]).transform((text) => /^(?:true|1)$/i.test(text));

const statusFilter = z.enum([
  ...(["created", "queued", "started", "stopping", "complete", "error", "stopped", "crashed", "incomplete"] as const),
]);

const page = {
  ...pageQuery.shape,
  limit: z.coerce.number().int().min(0).max(LONGEST_LIST).default(50).describe("how many at most"),
  offset: z.coerce.number().int().min(0).max(LARGEST_OFFSET).default(0).describe("how many to pass over"),
  no_count: truth.optional().describe("the client does not need the count"),
  deleted: truth.optional().describe("only what was deleted: nothing here"),
};

const ofProject = z.string().min(1).describe("id or name of the project");

const rows = {
  ...page,
  project: ofProject,
  ordering: z.enum(["counter", "-counter", "ctime", "-ctime"]).default("-counter").describe("`-`: the newest first"),
  status: listed(statusFilter).optional().describe("`incomplete`: those that have not ended"),
  counter: listed(z.coerce.number().int().positive()).optional().describe("only these"),
  creator: z.string().optional().describe("id or name of the user who started it"),
  tag: listed(z.string()).optional().describe("all of them"),
};

export const executionsFilter = z.strictObject({
  ...rows,
  step: z.string().optional(),
  pipeline: z.string().optional().describe("id or counter of the pipeline that they belong to"),
});
export type ExecutionsFilter = z.output<typeof executionsFilter>;

export const pipelinesFilter = z.strictObject(rows);
export type PipelinesFilter = z.output<typeof pipelinesFilter>;

const { tag: _, ...taskRows } = rows;
export const tasksFilter = z.strictObject({
  ...taskRows,
  counter: rows.counter.describe("only those of these runs"),
});
export type TasksFilter = z.output<typeof tasksFilter>;

export const dataFilter = z.strictObject({
  ...page,
  project: ofProject.optional(),
  output_execution: z.string().min(1).optional().describe("id of the execution that made them"),
  name: z.string().optional(),
  ordering: z.enum(["ctime", "-ctime", "name", "-name"]).optional(),
});
export type DataFilter = z.output<typeof dataFilter>;

/** Parts of an execution that the answer does without. */
export const executionParts = z.strictObject({
  exclude: z
    .string()
    .optional()
    .describe("`metadata`, `events`, `outputs`, `tags` …, with commas between")
    .transform((text) => new Set(text?.split(",").map((part) => part.trim()))),
});

export const eventsFilter = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(0)
    .default(2_000)
    .describe("the last so many; 0: all, but for what is beyond 1,000,000"),
});

export const environmentsFilter = z.strictObject({
  ...page,
  project: ofProject.optional(),
  include: z.string().optional().describe("`unfinished_job_count`"),
});
