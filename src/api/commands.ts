import * as z from "zod";
import { teamsSchema, tokensSchema, usersSchema } from "./administration.ts";
import {
  completionSchema,
  importSchema,
  infoSchema,
  initSchema,
  manualPageSchema,
  manualSchema,
  stopSchema,
} from "./answers.ts";
import { aliasAnswerSchema, datasetAnswerSchema } from "./catalog.ts";
import { checksAnswerSchema } from "./checks.ts";
import { comparisonSchema, reproductionSchema } from "./comparisons.ts";
import { graphSchema, lintSchema, pipelineSchema, stepSchema } from "./definitions.ts";
import { driftSchema } from "./drift.ts";
import { environmentSchema, examinationSchema, pythonRebuildSchema } from "./environments.ts";
import {
  dataAnswerSchema,
  datumSchema,
  downloadSchema,
  listedFileSchema,
  openedFilesSchema,
  snapshotSchema,
} from "./files.ts";
import { backupSchema, garbageSchema, homeGarbageSchema, migrationSchema, verificationSchema } from "./housekeeping.ts";
import { lineageSchema } from "./lineage.ts";
import { logLineSchema } from "./logs.ts";
import { metricSeriesSchema } from "./metrics.ts";
import { modelAnswerSchema } from "./models.ts";
import { engineLineSchema, serverLineSchema } from "./notices.ts";
import { openLineageEventSchema } from "./openlineage.ts";
import { planSchema } from "./plans.ts";
import { whySchema } from "./reasons.ts";
import { loginSchema, logoutSchema, remoteSchema, serversSchema } from "./remotes.ts";
import { executionRowSchema, recordedRunSchema, runDetailSchema, runRowSchema, runSchema } from "./runs.ts";
import { taskSchema } from "./tasks.ts";
import { keyRotationSchema, variableGroupSchema } from "./variables.ts";
import { approvalSchema } from "./waiting.ts";

/** The output of a command with `--json`. */
export interface Answer {
  readonly command: string;
  /** Options with which it prints this; without any, whatever the options. The first that fits counts. */
  readonly options?: readonly string[];
  /** True if it has arguments, where that decides. */
  readonly withArguments?: boolean;
  readonly schema: z.ZodType;
  /** One object a line, as they come, in place of one document. */
  readonly isStream?: true;
  /** A remark about it beyond its shape. */
  readonly note?: string;
}

/** The commands that print no JSON, and why. */
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
  {
    command: "run",
    options: ["--dry-run"],
    schema: planSchema,
    note: "the error and the exit code of the run where it would be refused",
  },
  { command: "run", options: ["--detach"], schema: recordedRunSchema },
  { command: "run", schema: runDetailSchema, note: "when it has ended" },
  { command: "resume", withArguments: true, schema: runDetailSchema },
  { command: "resume", withArguments: false, schema: z.array(runDetailSchema), note: "those that were resumed" },
  { command: "attach", schema: runDetailSchema, note: "when it has ended or Ctrl-C was pressed" },
  { command: "engine", schema: engineLineSchema, isStream: true },
  { command: "serve", schema: serverLineSchema, isStream: true },
  { command: "ls", options: ["--executions"], schema: z.array(executionRowSchema) },
  { command: "ls", options: ["--files"], schema: z.array(listedFileSchema) },
  { command: "ls", schema: z.array(runRowSchema) },
  { command: "login", schema: loginSchema },
  { command: "logout", schema: logoutSchema },
  { command: "remote", options: ["--servers"], schema: serversSchema },
  { command: "remote", schema: remoteSchema, note: "also where it is set or unset" },
  { command: "environments", options: ["--rebuild-python"], schema: pythonRebuildSchema },
  { command: "environments", schema: z.array(environmentSchema) },
  { command: "variable", schema: z.array(variableGroupSchema), note: "as they are then" },
  { command: "secret", schema: z.array(variableGroupSchema), note: "as they are then" },
  { command: "rotate-keys", schema: keyRotationSchema },
  { command: "info", schema: infoSchema },
  { command: "why", schema: z.array(whySchema), note: "one for each node" },
  { command: "lineage", options: ["--openlineage"], schema: openLineageEventSchema, isStream: true },
  { command: "lineage", schema: lineageSchema },
  { command: "logs", schema: logLineSchema, isStream: true },
  { command: "metrics", schema: z.array(metricSeriesSchema), note: "`metrics --csv` prints no JSON" },
  { command: "title", schema: runSchema, note: "as it is then" },
  { command: "tag", schema: runSchema, note: "as it is then" },
  { command: "note", schema: runSchema, note: "as it is then" },
  {
    command: "data",
    schema: dataAnswerSchema,
    note: "`ls`: files in a list; `info`: with what keeps them; else files, as they are then",
  },
  { command: "alias", schema: aliasAnswerSchema, note: "`history`: moves; else aliases, as they are then" },
  {
    command: "dataset",
    schema: datasetAnswerSchema,
    note: "`ls`: datasets; `info`, `create`, `rm`: versions; `files`: files; `diff`: a difference",
  },
  { command: "outputs", options: ["--download"], schema: downloadSchema },
  { command: "outputs", schema: z.array(datumSchema) },
  { command: "stop", schema: stopSchema },
  { command: "trials", options: ["--prune"], schema: stopSchema },
  { command: "trials", schema: taskSchema, note: "as it is then" },
  { command: "approve", schema: approvalSchema },
  { command: "reject", schema: approvalSchema },
  { command: "open", schema: openedFilesSchema },
  { command: "compare", schema: comparisonSchema },
  { command: "checkout", schema: snapshotSchema },
  { command: "backup", schema: backupSchema },
  { command: "restore", schema: backupSchema },
  { command: "migrate", schema: migrationSchema },
  { command: "user", schema: usersSchema },
  { command: "team", schema: teamsSchema },
  { command: "token", schema: tokensSchema },
  {
    command: "model",
    schema: modelAnswerSchema,
    note: "`ls`: models; `info`: versions, or all of one; `alias`: aliases; `diff`: a difference",
  },
  { command: "rm", schema: garbageSchema },
  { command: "gc", options: ["--home"], schema: homeGarbageSchema },
  { command: "gc", schema: garbageSchema },
  { command: "verify", schema: verificationSchema },
  { command: "checks", schema: checksAnswerSchema },
  { command: "drift", schema: driftSchema },
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
