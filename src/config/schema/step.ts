import * as z from "zod";
import { stepCheckSchema } from "./checks.ts";
import { pythonSchema, retrySchema, reuseSchema } from "./extensions.ts";
import { boolean, duration, listOf, mapping, text, textList, textOrTexts } from "./fields.ts";
import {
  environmentVariableSchema,
  inputSchema,
  mountSchema,
  outputSchema,
  parameterSchema,
  resourcesSchema,
} from "./parts.ts";

export const stepSchema = mapping("step", "A program that can be run: an image, a command, and what goes in.", {
  name: text("Name of the step; unique within the file."),
  image: text("Docker image that the step runs in."),
  command: textOrTexts(
    "Command or commands; they share one shell and stop at the first failure. `{parameters}` and its like are filled in.",
  ),
  description: text("Help text.").optional(),
  category: text("Heading under which a user interface shows the step.").optional(),
  icon: text("URL of a picture for the step.").optional(),
  environment: text("Where the step runs: id, slug or part of the name of an environment.").optional(),
  "runtime-config-preset": text("Kubernetes preset, id or slug; needs `environment`.").optional(),
  "environment-variables": listOf(environmentVariableSchema, "Environment variables and their defaults.").optional(),
  "environment-variable-groups": textList("Groups of environment variables that the organisation defines.").optional(),
  inputs: listOf(inputSchema, "Files that the step reads.").optional(),
  outputs: listOf(outputSchema, "Files that the step writes; optional.").optional(),
  parameters: listOf(parameterSchema, "Values that are put into the command.").optional(),
  mounts: listOf(mountSchema, "Folders of the machine that the step sees.").optional(),
  "cache-volumes": textList("Kubernetes volume claims that serve as input cache.").optional(),
  resources: resourcesSchema.optional(),
  "time-limit": duration("How long the step may run: seconds, or a text such as `1h 30m`.").optional(),
  "no-output-timeout": duration("How long the step may print nothing: seconds, or a text such as `30m`.").optional(),
  "stop-condition": text("Expression over metadata; the execution is stopped when it becomes true.").optional(),
  "upload-store": z.string().max(64).meta({ description: "Store that outputs go to, name or id." }).optional(),
  "source-path": text("Source file of the step, relative to this file; what `{source-path}` stands for.").optional(),
  autorestart: boolean("Whether an execution that its cloud machine's end interrupted starts again.").optional(),
  python: pythonSchema.optional(),
  reuse: reuseSchema.optional(),
  retry: retrySchema.optional(),
  checks: listOf(stepCheckSchema, "What inputs, outputs and metadata of the step are expected to be.").optional(),
});

export const overrideSchema = mapping(
  "override",
  "What a pipeline's node changes in its step. Inputs and parameters are replaced as a whole.",
  {
    command: textOrTexts("Command or commands in place of the step's.").optional(),
    image: text("Docker image in place of the step's.").optional(),
    environment: text("Where the node runs.").optional(),
    "environment-variables": listOf(environmentVariableSchema, "Environment variables to add or replace.").optional(),
    inputs: listOf(
      inputSchema,
      "Inputs to replace; one with a name only loses its default, so that an edge supplies it.",
    ).optional(),
    parameters: listOf(parameterSchema, "Parameters to replace.").optional(),
    mounts: listOf(mountSchema, "Mounts in place of the step's.").optional(),
    "runtime-config-preset": text("Kubernetes preset; needs `environment` in the override.").optional(),
    autorestart: boolean("Whether an interrupted execution starts again.").optional(),
  },
);

export type StepSource = z.infer<typeof stepSchema>;
export type OverrideSource = z.infer<typeof overrideSchema>;
