import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { runState } from "./states.ts";
import { count, number, sha256, sha256Field, sizeBytes, time } from "./values.ts";

/** The things that housekeeping removes, in the order in which it is told. */
export const removalKind = z.enum([
  "runs",
  "snapshots",
  "fetched",
  "blobs",
  "trash",
  "half-written",
  "uploads",
  "logs",
  "log-copies",
  "places",
  "leftovers",
  "folders",
  "environments",
  "worktrees",
  "engines",
]);
export type RemovalKind = z.output<typeof removalKind>;

/** The things that housekeeping has removed, or would remove. */
export const garbageSchema = shape("Garbage", "Removed things", {
  applied: z.boolean().describe("it is removed; otherwise it would be"),
  removals: z
    .array(
      z.object({
        kind: removalKind.describe(
          "`blobs` are taken out of the store, and deleted a day later (then they are `trash`)",
        ),
        count: count.describe("how many"),
        sizeBytes,
      }),
    )
    .describe("by kind"),
  runs: z
    .array(
      z.object({
        number: number.describe("of the run"),
        name: z.string().describe("of its step or pipeline"),
        state: runState.describe("how it ended"),
        createdAt: time.describe("when it was recorded"),
      }),
    )
    .describe("the runs that go, newest first"),
  heldRuns: z
    .array(
      z.object({
        run: number.describe("of the run"),
        by: z.string().describe("what keeps a file of it: an alias, or the version of a dataset (`NAME/VERSION`)"),
        holders: count.describe("how many aliases and versions do"),
      }),
    )
    .describe("runs that would go, and that aliases or versions of datasets keep"),
  unfinishedRuns: z.array(number).describe("what was stored since the oldest of these began is left alone"),
  unreadableSnapshots: z
    .array(sha256)
    .describe("lists of files of snapshots that cannot be read; while there are any, no stored file is removed"),
  waitingBytes: count.describe("of files that nothing refers to and that were stored within the last hour"),
  excessBytes: count.describe("what is stored beyond the size that was asked for"),
});
export type GarbageView = Json<typeof garbageSchema>;

const { removals, runs, unfinishedRuns, unreadableSnapshots, waitingBytes, applied } = garbageSchema.shape;

/** The same of the projects of a server. */
export const homeGarbageSchema = shape("HomeGarbage", "Removed things of a server", {
  applied,
  projects: z
    .array(
      z.object({
        project: z.string().describe("its name"),
        removals: removals.describe("its records and folders, by kind"),
        runs,
        unfinishedRuns,
        problem: z.string().nullable().describe("why it was left alone; `null`: it was not"),
      }),
    )
    .describe("those that were looked at"),
  removals: removals.describe("of all of them together, by kind, with the stored files, which belong to all"),
  unreadableSnapshots,
  waitingBytes,
});
export type HomeGarbageView = Json<typeof homeGarbageSchema>;

/** The result of comparing the stored files with their recorded hashes. */
export const verificationSchema = shape("Verification", "A verification", {
  quick: z.boolean().describe("only presence and size were looked at"),
  files: count.describe("distinct contents that were looked at"),
  sizeBytes,
  problems: z
    .array(
      z.object({
        sha256: sha256Field,
        problem: z.enum(["missing", "damaged", "unreadable"]).describe("what is wrong with it"),
        sizeBytes: sizeBytes.nullable(),
        uses: z
          .array(
            z.object({
              kind: z.enum(["output", "input", "code", "download", "log"]).describe("what it is there"),
              run: number.nullable().describe("number of the run"),
              execution: number.nullable().describe("number of the execution"),
              node: z.string().nullable().describe("its node"),
              name: z.string().describe("of the file"),
            }),
          )
          .describe("where it stands in the records, the newest run first"),
      }),
    )
    .describe("what is missing or damaged"),
});
export type VerificationView = Json<typeof verificationSchema>;

export const migrationSchema = shape("Migration", "A migration", {
  records: z
    .object({
      from: z.string().describe("the former database"),
      to: z.string().describe("the new one"),
      rows: count.describe("how many were copied"),
      tables: z
        .array(
          z.object({
            name: z.string().describe("of the table"),
            rows: count.describe("how many"),
            sha256: sha256Field,
          }),
        )
        .describe("each with a hash over its rows, equal on both sides"),
    })
    .nullable()
    .describe("`null` where they stay"),
  files: z
    .object({
      from: z.string().describe("the former store"),
      to: z.string().describe("the new one"),
      files: count.describe("how many there are"),
      copied: count.describe("how many were not there yet"),
      copiedBytes: count.describe("their size in bytes"),
    })
    .nullable()
    .describe("`null` where they stay"),
  environment: z
    .record(z.string(), z.string().nullable())
    .describe(
      "what the environment must hold from now on; `null`: the variable must not be set; `PASSWORD` stands for a password",
    ),
  filesAreLocal: z.boolean().describe("the stored files are on this machine, where others may not reach them"),
});
export type MigrationView = Json<typeof migrationSchema>;

export const backupSchema = shape("Backup", "A backup", {
  folder: z.string().describe("where it is"),
  project: z.string().nullable().describe("name of the project; `null`: the home of a server"),
  projects: count.describe("how many projects it has"),
  createdAt: time.describe("when it was made"),
  version: z.string().describe("of the program that made it"),
  recordsBytes: count.describe("size of its records"),
  files: count.describe("how many stored files it has"),
  filesCopied: z.boolean().describe("`false`: they stay where they are, and each was seen there"),
  secrets: count.describe("how many sealed secrets of steps a home's records have; their keys are not in the backup"),
});
export type BackupView = Json<typeof backupSchema>;
