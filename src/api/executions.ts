import * as z from "zod";
import { datumSchema } from "./files.ts";
import { type Json, shape } from "./shape.ts";
import { runState } from "./states.ts";
import { actor, number, parameters, seconds, sha256Field, sizeBytes, texts, time, values } from "./values.ts";

export const inputFileSchema = shape("InputFile", "An input file", {
  input: z.string().describe("the input that it belongs to"),
  name: z.string().describe("path below the folder of the input"),
  uri: z.string().describe("where it came from"),
  datum: z.string().describe("id of the stored file"),
  sha256: sha256Field,
  sizeBytes,
  madeBy: z
    .object({
      execution: number.describe("number of the execution"),
      node: z.string().describe("its node"),
      name: z.string().describe("what the file is called there"),
    })
    .nullable()
    .describe("the execution that made the file; `null` for one from outside, and where a run as a whole is described"),
});
export type InputFileView = Json<typeof inputFileSchema>;

export const executionSchema = shape("Execution", "An execution", {
  number: number.describe("names it in the project"),
  id: z.string().describe("names it everywhere"),
  run: number.describe("number of its run"),
  node: z.string().describe("its node there"),
  step: z.string().describe("the step that was executed"),
  state: runState.describe("where it stands"),
  reason: z.string().nullable().describe("why it ended so, in words"),
  stoppedBy: actor.nullable().describe("who asked it alone to stop"),
  exitCode: z.int().nullable().describe("of the step's process"),
  signal: z.string().nullable().describe("that ended the process"),
  attempt: number.describe("from 1; more where its node was tried again"),
  commit: z.string().describe("the code, as for a run"),
  image: z.string().describe("the container image that the step names"),
  command: z.array(z.string()).describe("as it was run, with the values of parameters filled in"),
  parameters: parameters.describe("by name"),
  environmentVariables: texts.describe("those of the step; values of secret ones never stand here"),
  environment: z.string().describe("the [environment](environments.md) where it ran; its `variables` are not told"),
  runtimeFacts: texts.describe(
    'what was found out about that place: executor, sandbox, Python environment, `terminal: "yes"` for `run --interactive`',
  ),
  statusDetail: z.string().nullable().describe("what is done for it, in words; `null` once it has ended"),
  warnings: z.array(z.string()).describe("what was worth a warning while it was prepared, ran and was collected"),
  metadata: values.describe("the last value of each key, up to 1,000 keys and 64 KiB a value"),
  metadataLeftOut: z
    .array(z.string())
    .describe("the first names of those that are beyond this: `headrace metrics` has them"),
  inputs: z.array(inputFileSchema).describe("the files that it received"),
  outputs: z.array(datumSchema).describe("the files that it made, by name"),
  createdAt: time.describe("when it was recorded"),
  startedAt: time.nullable().describe("when the step's process began"),
  finishedAt: time.nullable().describe("when it ended"),
  durationS: seconds.nullable().describe("from start to end, in seconds"),
  cost: z
    .number()
    .nullable()
    .describe("of that time, by the `price-per-hour` that its environment named; `null` where it named none"),
});
export type ExecutionView = Json<typeof executionSchema>;
