import * as z from "zod";
import { stepChecksSchema } from "./checks.ts";
import { executionSchema } from "./executions.ts";
import { datumSchema } from "./files.ts";
import { machineUseSchema } from "./machine-use.ts";
import { runDetailSchema, runRecordSchema } from "./runs.ts";
import { type Json, shape } from "./shape.ts";
import { runState } from "./states.ts";
import { taskSchema } from "./tasks.ts";

/** The subject that a reference names; a run without its nodes, which are a list of their own. */
export const subjectSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("run"), run: runRecordSchema }),
  z.object({
    kind: z.literal("execution"),
    execution: executionSchema,
    machineUse: machineUseSchema.nullable().describe("what it used of the machine, where that was noted"),
    checks: stepChecksSchema.nullable().describe("the results of its checks, where it has some"),
  }),
]);
export type SubjectView = Json<typeof subjectSchema>;

export const infoSchema = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("run"), run: runDetailSchema.describe("with its nodes") }),
    z.object({
      kind: z.literal("execution"),
      execution: executionSchema.describe("with its files"),
      machineUse: machineUseSchema
        .nullable()
        .describe("what it used of the machine; `null` where nothing was noted, as of a step of a moment"),
      checks: stepChecksSchema.nullable().describe("the results of its checks; `null` where its step has none"),
    }),
    z.object({ kind: z.literal("task"), task: taskSchema.describe("with its trials") }),
    z.object({ kind: z.literal("files"), files: z.array(datumSchema).describe("that the name stands for") }),
  ])
  .meta({ id: "Info", title: "What a name stands for" });

/** An answer to a wish to stop: the steps end later. */
export const stopWishSchema = z.object({
  accepted: z.boolean().describe("`false` when it had ended already"),
  state: runState.describe("as it is at once"),
});
export type StopWishView = Json<typeof stopWishSchema>;

export const stopSchema = shape("Stop", "A stop", {
  stopped: z.boolean().describe("`false` when it had ended already"),
  state: runState.describe("as it is then"),
});
export type StopView = Json<typeof stopSchema>;

export const initSchema = shape("StartedProject", "A started project", {
  folder: z.string().describe("of the project"),
  files: z.array(z.string()).describe("names of what was written"),
  kind: z
    .enum(["example", "scripts", "import"])
    .describe(
      "`scripts`: the folder had scripts to make steps of; `import`: it has a `dvc.yaml`, and nothing was written",
    ),
  target: z.string().nullable().describe("what to run first; `null` where there is nothing to run yet"),
  steps: z
    .array(
      z.object({
        name: z.string().describe("of the step"),
        command: z.string().describe("that it runs"),
        needs: z.array(z.string()).describe("options that `headrace run` has to be given, such as `--path=VALUE`"),
        missing: z.array(z.string()).describe("files that the script opens and that are not in the folder"),
      }),
    )
    .describe("that were written"),
  found: z
    .array(z.object({ file: z.string().describe("its name"), note: z.string().describe("what was made of it") }))
    .describe("files that were found"),
});
export type InitResult = Json<typeof initSchema>;

export const importSchema = shape("ImportedConfiguration", "An imported configuration", {
  file: z.string().nullable().describe("where it was written; `null` where it was only printed"),
  yaml: z.string().describe("the configuration"),
  notes: z.array(z.string()).describe("what could not be carried over, and what to look at"),
});
export type ImportedFile = Json<typeof importSchema>;

const manualPage = {
  topic: z.string().describe("names it"),
  title: z.string().describe("its heading"),
  path: z.string().describe("where it lies"),
};
export const manualSchema = shape("Manual", "The manual", {
  folder: z.string().describe("where the pages lie"),
  pages: z.array(z.object(manualPage)).describe("by topic"),
});
export const manualPageSchema = shape("ManualPage", "A page of the manual", {
  ...manualPage,
  text: z.string().describe("in Markdown"),
});
export type ManualPage = Json<z.ZodObject<typeof manualPage>>;

export const completionSchema = shape("CompletionScript", "A completion script", {
  shell: z.enum(["bash", "zsh", "fish"]).describe("that it is for"),
  script: z.string().describe("its text"),
});
