import { renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DatumView } from "../../../api/index.ts";
import type { BlobStore } from "../../../blobs/index.ts";
import { HeadraceError } from "../../../errors.ts";
import { systemFailure } from "../../../system-failure.ts";
import type { Context } from "../../context.ts";
import { everyOutput } from "../../data/list-outputs.ts";
import { findSubjectOrTask, type Subject, type TaskNode } from "../../records/refs.ts";
import { requireTargetFolder, safeJoin, statsOf, TargetFolders } from "./target-folder.ts";

/** The place that the files come from. */
export type CopySource = Pick<BlobStore, "placeCopies">;

export interface Download {
  readonly folder: string;
  readonly overwrite: boolean;
  /** With several executions, files go into a sub-folder per node. */
  readonly perNode: boolean;
  readonly projectRoot: string;
}

/**
 * Returns the files that `headrace outputs REF --download` means. If REF is a run, these are every node's files, each
 * node in a folder of its own.
 */
export async function outputsForDownload(
  context: Context,
  ref: string,
  name?: string,
): Promise<{ readonly outputs: readonly DatumView[]; readonly perNode: boolean }> {
  const subject = await findSubjectOrTask(await context.project.reader(), ref);
  const outputs = await Array.fromAsync(everyOutput(context, nameOf(subject), name));
  return { outputs, perNode: name === undefined && subject.kind === "run" && subject.run.kind === "pipeline" };
}

/** Its own name, which means the same thing for the next call as well. */
function nameOf(subject: Subject | TaskNode): string {
  if (subject.kind === "execution") return String(subject.execution.number);
  return subject.kind === "run" ? String(subject.run.number) : `${subject.run.number}.${subject.node.name}`;
}

/**
 * Writes stored outputs as ordinary files, byte for byte. If a name was written several times, the newest counts.
 * Throws HR_FILE_EXISTS and HR_PATH_ESCAPES before it writes anything; what is damaged or missing is told at the end,
 * with the others written.
 */
export async function downloadOutputs(
  blobs: CopySource,
  outputs: readonly DatumView[],
  download: Download,
): Promise<readonly string[]> {
  const root = requireTargetFolder(download.folder, download.projectRoot);
  const targets = targetsOf(outputs, root, download.perNode);
  const folders = new TargetFolders(root);
  for (const path of targets.keys()) folders.check(path);
  refuseExisting([...targets.keys()], download.overwrite);
  folders.make();
  await writeAll(blobs, [...targets.values()]);
  return [...targets.keys()];
}

interface Target {
  readonly path: string;
  readonly datum: DatumView;
}

function targetsOf(outputs: readonly DatumView[], root: string, perNode: boolean): ReadonlyMap<string, Target> {
  const targets = new Map<string, Target>();
  const tasks = nodesOfSeveral(outputs);
  for (const datum of outputs) {
    const { node, execution, name } = datum;
    const folders = [...(perNode ? [node ?? ""] : []), ...(tasks.has(node) ? [String(execution ?? "")] : [])];
    const path = safeJoin(root, join(...folders, name));
    const other = targets.get(path);
    if (other !== undefined && other.datum.node !== datum.node) throw collision(other, { path, datum });
    targets.set(path, { path, datum });
  }
  for (const target of targets.values()) {
    for (let above = dirname(target.path); above.length > root.length; above = dirname(above)) {
      const other = targets.get(above);
      if (other !== undefined) throw collision(other, target);
    }
  }
  return targets;
}

/** Nodes of which there are several executions: those of a task make files of the same names. */
function nodesOfSeveral(outputs: readonly DatumView[]): ReadonlySet<string | null> {
  const executions = new Map<string | null, number | null>();
  const several = new Set<string | null>();
  for (const { node, execution } of outputs) {
    if (executions.has(node) && executions.get(node) !== execution) several.add(node);
    executions.set(node, execution);
  }
  return several;
}

/** Node `a` with the output `b/x`, and node `a/b` with `x`; or a step that made the file `x`, and later `x/y`. */
function collision(one: Target, other: Target): HeadraceError {
  const [first, second] = [one, other].map(
    ({ datum }) => `${datum.name}${datum.node === null ? "" : ` of node ${datum.node}`}`,
  );
  return new HeadraceError(
    "HR_FILE_EXISTS",
    `the outputs ${first} and ${second} cannot both be written: ${other.path}`,
    {
      hint: ["download the nodes one by one, each into a folder of its own: ", { do: "download-files" }],
    },
  );
}

function refuseExisting(paths: readonly string[], overwrite: boolean): void {
  const folder = paths.find((path) => statsOf(path)?.isDirectory() === true);
  if (folder !== undefined)
    throw new HeadraceError("HR_FILE_EXISTS", `${folder} is a folder`, {
      hint: "choose another folder to download to",
    });
  if (overwrite) return;
  const existing = paths.filter((path) => statsOf(path) !== undefined);
  if (existing.length === 0) return;
  throw new HeadraceError(
    "HR_FILE_EXISTS",
    `${existing[0]} exists already${existing.length > 1 ? ` (and ${existing.length - 1} more)` : ""}`,
    { hint: ["choose another folder, or give ", { do: "set", option: "overwrite" }] },
  );
}

/** Files that are written together: one by one, 150,000 take minutes. */
const BATCH = 256;
const SHOWN_FAILURES = 20;

async function writeAll(blobs: CopySource, targets: readonly Target[]): Promise<void> {
  const failures: { readonly target: Target; readonly error: HeadraceError }[] = [];
  for (let start = 0; start < targets.length; start += BATCH) {
    const batch = targets.slice(start, start + BATCH);
    try {
      await write(blobs, batch);
    } catch {
      // One of them cannot be had; the others can.
      for (const target of batch) {
        const error = await failureOf(() => write(blobs, [target]));
        if (error !== undefined) failures.push({ target, error });
      }
    }
  }
  const [first] = failures;
  if (first === undefined) return;
  if (targets.length === 1) throw first.error;
  const shown = failures.slice(0, SHOWN_FAILURES).map(({ target, error }) => `${target.path}: ${error.message}`);
  const more = failures.length > SHOWN_FAILURES ? [`and ${failures.length - SHOWN_FAILURES} more`] : [];
  throw new HeadraceError(
    first.error.code,
    `${failures.length} of ${targets.length} files could not be written; the others were`,
    {
      details: [...shown, ...more],
      ...(first.error.advice.hint === undefined ? {} : { hint: first.error.advice.hint }),
      cause: first.error,
    },
  );
}

/** Returns a failure that concerns one file; a full disk concerns all, and is thrown. */
async function failureOf(work: () => Promise<void>): Promise<HeadraceError | undefined> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    const error = systemFailure(thrown) ?? thrown;
    if (!(error instanceof HeadraceError) || error.code === "HR_DISK_FULL" || error.code === "HR_BLOBS_UNAVAILABLE")
      throw error;
    return error;
  }
}

/**
 * Beside its place first, under a short name that fits wherever the file's own does, then renamed: a broken download
 * leaves the old file.
 */
async function write(blobs: CopySource, targets: readonly Target[]): Promise<void> {
  const parts = targets.map(({ path }, index) => join(dirname(path), `.headrace-part-${process.pid}-${index}`));
  try {
    await blobs.placeCopies(
      targets.map(({ datum }, index) => ({ sha256: datum.sha256, target: parts[index] ?? "", executable: false })),
    );
    for (const [index, { path }] of targets.entries()) renameSync(parts[index] ?? "", path);
  } finally {
    for (const part of parts) rmSync(part, { force: true });
  }
}
