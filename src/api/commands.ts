import { z } from "zod";
import { completionSchema, importSchema, infoSchema, initSchema, manualPageSchema, manualSchema, stopSchema } from "./answers.ts";
import { comparisonSchema, reproductionSchema } from "./comparisons.ts";
import { graphSchema, lintSchema, pipelineSchema, stepSchema } from "./definitions.ts";
import { environmentSchema, examinationSchema, pythonRebuildSchema } from "./environments.ts";
import { datumSchema, downloadSchema, openedFilesSchema, snapshotSchema } from "./files.ts";
import { garbageSchema, migrationSchema, verificationSchema } from "./housekeeping.ts";
import { logLineSchema } from "./logs.ts";
import { metricSeriesSchema } from "./metrics.ts";
import { engineLineSchema } from "./notices.ts";
import { planSchema } from "./plans.ts";
import { whySchema } from "./reasons.ts";
import { endedRunSchema, recordedRunSchema, runDetailSchema, runRowSchema, runSchema } from "./runs.ts";

/** What a command prints with `--json`. */
export interface Answer {
  readonly command: string;
  /** Options with which it prints this; without any, whatever the options. The first that fits counts. */
  readonly options?: readonly string[];
  /** Whether it has arguments, where that decides. */
  readonly withArguments?: boolean;
  readonly schema: z.ZodType;
  /** One object a line, as they come, in place of one document. */
  readonly isStream?: true;
  /** What is to be said of it beyond its shape. */
  readonly note?: string;
}

/** What prints no JSON, and why. */
export const WITHOUT_JSON: readonly { readonly command: string; readonly why: string }[] = [
  { command: "cat", why: "it prints bytes, and `--json` is refused" },
  { command: "dev", why: "it has no end, and `--json` is refused" },
  { command: "shell", why: "the terminal is the step's, and `--json` is refused" },
  { command: "run --interactive", why: "the terminal is the step's, and `--json` is refused" },
  { command: "schema", why: "it prints a JSON Schema, with or without `--json`" },
];

/** Every command that prints JSON. A shape per line of the table in docs/json.md. */
export const ANSWERS: readonly Answer[] = [
  { command: "init", schema: initSchema },
  { command: "run", options: ["--dry-run"], schema: planSchema, note: "the error and the exit code of the run where it would be refused" },
  { command: "run", options: ["--detach"], schema: recordedRunSchema },
  { command: "run", schema: endedRunSchema, note: "when it has ended" },
  { command: "resume", withArguments: true, schema: runDetailSchema },
  { command: "resume", withArguments: false, schema: z.array(runDetailSchema), note: "those that were resumed" },
  { command: "attach", schema: runDetailSchema, note: "when it has ended or Ctrl-C was pressed" },
  { command: "engine", schema: engineLineSchema, isStream: true },
  { command: "ls", schema: z.array(runRowSchema) },
  { command: "environments", options: ["--rebuild-python"], schema: pythonRebuildSchema },
  { command: "environments", schema: z.array(environmentSchema) },
  { command: "info", schema: infoSchema },
  { command: "why", schema: z.array(whySchema), note: "one for each node" },
  { command: "logs", schema: logLineSchema, isStream: true },
  { command: "metrics", schema: z.array(metricSeriesSchema), note: "`metrics --csv` prints no JSON" },
  { command: "title", schema: runSchema, note: "as it is then" },
  { command: "tag", schema: runSchema, note: "as it is then" },
  { command: "note", schema: runSchema, note: "as it is then" },
  { command: "outputs", options: ["--download"], schema: downloadSchema },
  { command: "outputs", schema: z.array(datumSchema) },
  { command: "stop", schema: stopSchema },
  { command: "open", schema: openedFilesSchema },
  { command: "compare", schema: comparisonSchema },
  { command: "checkout", schema: snapshotSchema },
  { command: "migrate", schema: migrationSchema },
  { command: "rm", schema: garbageSchema },
  { command: "gc", schema: garbageSchema },
  { command: "verify", schema: verificationSchema },
  { command: "doctor", schema: examinationSchema },
  { command: "reproduce", schema: reproductionSchema },
  { command: "lint", schema: lintSchema },
  { command: "graph", schema: graphSchema },
  { command: "step", schema: stepSchema, note: "normalised: every default filled in" },
  { command: "pipeline", schema: pipelineSchema, note: "normalised: every default filled in" },
  { command: "docs", withArguments: true, schema: manualPageSchema },
  { command: "docs", withArguments: false, schema: manualSchema },
  { command: "import", schema: importSchema },
  { command: "completion", schema: completionSchema },
];
