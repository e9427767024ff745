import * as z from "zod";
import { shape } from "../../shape.ts";
import { count, number, parameters, seconds, sha256Field, texts, time, values } from "../../values.ts";

/*
 * The objects that Valohai's clients read, with Valohai's names. `status` is what is called a state elsewhere,
 * `counter` a number, and a pipeline is a run of several nodes.
 */

const status = z.enum(["created", "queued", "started", "stopping", "complete", "error", "stopped"]);

const projectRef = z.object({ id: z.string(), name: z.string(), owner: z.object({ username: z.string() }) });

const creator = z.object({ username: z.string() }).nullable().describe("who started it");

const commitRef = z.object({
  identifier: z.string().describe("a git commit, or `~` and a hash"),
  ref: z.string().describe("branch or tag, where one is known"),
  adhoc: z.boolean().describe("it was uploaded, or is the folder as it was"),
});

export const environmentRef = z.object({ id: z.string(), name: z.string(), slug: z.string() });

export const valohaiDatum = shape("ValohaiDatum", "A datum", {
  id: z.string().describe("names it: `datum://ID`"),
  name: z.string().describe("path below the outputs"),
  size: count.describe("in bytes"),
  sha256: sha256Field,
  ctime: time.describe("when it was stored"),
  uri: z.string().nullable().describe("where it came from; else `datum://` and its id"),
  output_execution: z.object({ id: z.string(), counter: number }).nullable().describe("that made it"),
  project: z.string().describe("id of the project"),
  tags: z.array(z.string()).describe("what the step wrote as `valohai.tags`"),
  properties: values.describe("what else the step wrote into its sidecar file"),
  purged: z.boolean().describe("its bytes are gone"),
  url: z.string().describe("of this object"),
});

const executionFields = {
  id: z.string().describe("names it everywhere"),
  counter: number.describe("names it in the project"),
  status: status.describe("where it stands"),
  status_detail: z.string().nullable().describe("what is done for it, or what its step said with `set_status_detail`"),
  step: z.string().describe("that is executed"),
  title: z.string().describe("of its run"),
  tags: z.array(z.string()).describe("of its run"),
  ctime: time.describe("when it was recorded"),
  start_time: time.nullable().describe("when the step's process began"),
  end_time: time.nullable().describe("when it ended"),
  duration: seconds.nullable().describe("so far, or in all"),
  creator,
  project: projectRef,
  commit: commitRef,
  environment: environmentRef,
  image: z.string().describe("that the step names"),
  parameters: parameters.describe("by name"),
  cumulative_metadata: values.describe("the last value of each key"),
  pipeline: z.string().nullable().describe("id of the pipeline that it belongs to"),
  pipeline_counter: number.nullable(),
  task: z.string().nullable().describe("id of the task that it belongs to"),
  deleted: z.boolean(),
  url: z.string().describe("of this object"),
  urls: z.object({ display: z.string(), stop: z.string(), copy: z.string() }),
};

export const valohaiExecution = shape("ValohaiExecution", "An execution in a list", executionFields);

export const valohaiEvent = shape("ValohaiEvent", "A line of a log", {
  time: z.string().describe("with six digits of a second, so that no two lines have the same"),
  stream: z.enum(["status", "stdout", "stderr"]),
  message: z.string(),
});

export const valohaiInput = z.object({
  id: z.string().describe("names it for `input_request`"),
  name: z.string(),
  urls: z.array(z.string()).describe("without credentials"),
  files: z
    .array(z.object({ name: z.string(), uri: z.string(), datum: z.string(), size: count, sha256: sha256Field }))
    .describe("that were fetched"),
});

export const valohaiExecutionDetail = shape("ValohaiExecutionDetail", "An execution as a whole", {
  ...executionFields,
  command: z.string().describe("as it was run"),
  environment_variables: texts.describe("values of secret ones never stand here"),
  exit_code: z.int().nullable(),
  reason: z.string().nullable().describe("why it ended so"),
  inputs: z.array(valohaiInput),
  outputs: z.array(valohaiDatum).exactOptional(),
  metadata: z.array(values).exactOptional().describe("the last 1,000 points, each with `_time`"),
  events: z.array(valohaiEvent).exactOptional().describe("the last of the log"),
});

export const valohaiEnvironment = shape("ValohaiEnvironment", "An environment", {
  id: z.string().describe("its slug"),
  slug: z.string(),
  name: z.string(),
  description: z.string().describe("what runs steps there, and why it cannot where it cannot"),
  enabled: z.boolean().describe("it could run a step now"),
  has_gpu: z.boolean(),
  gpu_spec: z.string(),
  per_hour_price_usd: z.string(),
  per_user_queue_quota: count.describe("0: no limit for a user"),
  unfinished_job_count: count.exactOptional().describe("with `include=unfinished_job_count`"),
});

const edge = z.object({
  source_node: z.string().describe("its id"),
  source_type: z.string(),
  source_key: z.string(),
  target_node: z.string(),
  target_type: z.string(),
  target_key: z.string(),
});

const pipelineFields = {
  id: z.string().describe("names it everywhere"),
  counter: number.describe("names it in the project"),
  status: status.describe("where it stands"),
  title: z.string().describe("what it is called, else the name of the pipeline"),
  tags: z.array(z.string()),
  ctime: time,
  creator,
  project: projectRef,
  commit: commitRef,
  deleted: z.boolean(),
  url: z.string().describe("of this object, without a slash at its end: the client adds one"),
  urls: z.object({ display: z.string(), stop: z.string() }),
};

export const valohaiPipeline = shape("ValohaiPipeline", "A pipeline in a list", pipelineFields);

export const valohaiPipelineDetail = shape("ValohaiPipelineDetail", "A pipeline with its nodes", {
  ...pipelineFields,
  reason: z.string().nullable().describe("why it ended so"),
  parameters: parameters.describe("by name"),
  nodes: z.array(
    z.object({
      id: z.string().describe("names it in `edges`, and for `--reuse`"),
      name: z.string(),
      type: z.enum(["execution", "task"]),
      status: z.enum([...status.options, "skipped"]),
      pipeline: z.string().describe("id of the pipeline"),
      execution: valohaiExecution.nullable().describe("`null` until its turn comes"),
    }),
  ),
  edges: z.array(edge),
  log: z.array(z.object({ ctime: time, identifier: z.string(), kind: z.string(), message: z.string() })),
});

const taskFields = {
  id: z.string().describe("names it everywhere: the id of its run, `-`, and its node"),
  counter: number.describe("of its run"),
  status: status.describe("where it stands"),
  name: z.string().describe("of its node"),
  step: z.string().describe("that is executed"),
  title: z.string().describe("of its run, where it is a run of its own; else the name"),
  type: z
    .enum(["grid_search", "random_search", "manual_search", "bayesian_tpe", "quasi_random", "distributed"])
    .describe("how values are chosen"),
  tags: z.array(z.string()).describe("of its run"),
  ctime: time.describe("when its run was recorded"),
  creator,
  project: projectRef,
  commit: commitRef,
  pipeline: z.string().nullable().describe("id of the pipeline that it is a node of"),
  pipeline_counter: number.nullable(),
  execution_summary: z
    .object({
      ...{ count, complete_count: count, started_count: count, error_count: count, stopped_count: count },
    })
    .describe("numbers of its executions; those that early stopping ended are complete"),
  deleted: z.boolean(),
  url: z.string().describe("of this object, without a slash at its end: the client adds one"),
  urls: z.object({ display: z.string(), stop: z.string() }),
};

export const valohaiTask = shape("ValohaiTask", "A task in a list", taskFields);

export const valohaiTaskDetail = shape("ValohaiTaskDetail", "A task with its executions", {
  ...taskFields,
  reason: z.string().nullable().describe("why it ended so"),
  best_execution: number.nullable().describe("counter of the best execution, where the task has a goal"),
  executions: z.array(
    z.object({
      ...{ id: z.string(), counter: number, status },
      parameters: parameters.describe("those that are varied"),
      metrics: z.record(z.string(), z.number().nullable()).describe("by goal"),
      reason: z.string().nullable().describe("why it ended so"),
    }),
  ),
});

export const stopAnswer = z.object({ detail: z.string(), status });
