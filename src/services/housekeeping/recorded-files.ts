import type { BlobStore } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";
import { decodeManifest, isLink, type ManifestFile } from "../../snapshots/index.ts";
import type { NodeExecution, ProjectStore, RunRecord } from "../../store/index.ts";
import { executionsOfRun } from "../records/executions-of-run.ts";
import type { Subject } from "../records/refs.ts";

export interface RecordedFile {
  readonly sha256: string;
  /** Absent where no record tells it. */
  readonly sizeBytes?: number;
}

/** The place of a file in the records. */
export interface FileUse {
  readonly kind: "output" | "input" | "code" | "download" | "log";
  readonly run: number | null;
  readonly execution: number | null;
  readonly node: string | null;
  /** Path below outputs or the input's folder, in the code, or the URI. */
  readonly name: string;
}

/** The files that records of this project refer to, by content. */
export class RecordedFiles {
  readonly #files = new Map<string, RecordedFile>();
  /** Lists of files of snapshots that could be read. */
  readonly #manifests = new Set<string>();

  files(): readonly RecordedFile[] {
    return [...this.#files.values()];
  }

  add(sha256: string, sizeBytes?: number): void {
    if (this.#files.get(sha256)?.sizeBytes !== undefined) return;
    this.#files.set(sha256, sizeBytes === undefined ? { sha256 } : { sha256, sizeBytes });
  }

  /** The list of a snapshot's files, and what it lists. A bad list is found when its own content is checked. */
  async addSnapshot(manifestSha256: string, blobs: BlobStore): Promise<void> {
    if (this.#manifests.has(manifestSha256)) return;
    this.#manifests.add(manifestSha256);
    this.add(manifestSha256);
    for (const entry of await entriesOf(manifestSha256, blobs)) this.add(entry.sha256, entry.size);
  }
}

async function entriesOf(manifestSha256: string, blobs: BlobStore): Promise<readonly ManifestFile[]> {
  try {
    return decodeManifest(await blobs.readBytes(manifestSha256)).filter(
      (entry): entry is ManifestFile => !isLink(entry),
    );
  } catch (error) {
    if (error instanceof HeadraceError && CHECKED_LATER.has(error.code)) return [];
    throw error;
  }
}

const CHECKED_LATER: ReadonlySet<string> = new Set(["HR_BLOB_MISSING", "HR_BLOB_DAMAGED", "HR_SNAPSHOT_FAILED"]);

/** Everything that the project's records refer to. */
export async function allRecordedFiles(store: ProjectStore, blobs: BlobStore): Promise<RecordedFiles> {
  const files = new RecordedFiles();
  const { housekeeping } = store;
  const own = new Set((await housekeeping.listRunFacts()).filter(({ isOwn }) => isOwn).map(({ key }) => key));
  for await (const uses of housekeeping.contentUses({ traces: false })) {
    for (const { runKey, sha256, sizeBytes } of uses) if (own.has(runKey)) files.add(sha256, sizeBytes);
  }
  for (const { isOwn, sha256, sizeBytes } of await housekeeping.listFetched()) if (isOwn) files.add(sha256, sizeBytes);
  for await (const logs of store.logs.listKept())
    for (const { isOwn, sha256, sizeBytes } of logs) if (isOwn) files.add(sha256, sizeBytes);
  for (const { isOwn, manifestSha256 } of await housekeeping.listSnapshotFacts())
    if (isOwn) await files.addSnapshot(manifestSha256, blobs);
  return files;
}

/** Returns the files that one run or execution refers to. */
export async function recordedFilesOf(subject: Subject, store: ProjectStore, blobs: BlobStore): Promise<RecordedFiles> {
  const files = new RecordedFiles();
  for (const { execution, inputs, outputs } of await executionsOf(subject, store)) {
    const log = await store.logs.getKept(execution.id);
    const logs = log === undefined ? [] : [log];
    for (const { sha256, sizeBytes } of [...inputs, ...outputs, ...logs]) files.add(sha256, sizeBytes);
  }
  for (const commit of subject.kind === "run" ? await commitsOf(subject.run, store) : [subject.execution.commit]) {
    const snapshot = await store.snapshots.get(commit);
    if (snapshot !== undefined) await files.addSnapshot(snapshot.manifestSha256, blobs);
  }
  return files;
}

/** Returns the places of these contents: in the records of one run or execution, or in all. */
export async function findUses(
  bad: ReadonlySet<string>,
  {
    store,
    blobs,
    subject,
  }: { readonly store: ProjectStore; readonly blobs: BlobStore; readonly subject: Subject | undefined },
): Promise<ReadonlyMap<string, readonly FileUse[]>> {
  const uses = new Map<string, FileUse[]>();
  const note = (sha256: string, use: FileUse): void => {
    if (!bad.has(sha256)) return;
    const known = uses.get(sha256);
    if (known === undefined) uses.set(sha256, [use]);
    else known.push(use);
  };
  for await (const run of subject === undefined ? runsWith(bad, store) : [await runOf(subject, store)]) {
    const executions = await executionsOf(subject?.kind === "execution" ? subject : { kind: "run", run }, store);
    for (const { execution, inputs, outputs } of executions) {
      const place = { run: run.number, execution: execution.number, node: execution.node };
      for (const { sha256, input, name } of inputs) note(sha256, { kind: "input", ...place, name: `${input}/${name}` });
      for (const { sha256, name } of outputs) note(sha256, { kind: "output", ...place, name });
      const log = await store.logs.getKept(execution.id);
      if (log !== undefined) note(log.sha256, { kind: "log", ...place, name: "log" });
    }
    await noteCode(run, { store, blobs, note });
  }
  return uses;
}

async function noteCode(
  run: RunRecord,
  {
    store,
    blobs,
    note,
  }: { readonly store: ProjectStore; readonly blobs: BlobStore; readonly note: (sha256: string, use: FileUse) => void },
): Promise<void> {
  const place = { kind: "code", run: run.number, execution: null, node: null } as const;
  for (const commit of await commitsOf(run, store)) {
    const manifest = (await store.snapshots.get(commit))?.manifestSha256;
    if (manifest === undefined) continue;
    note(manifest, { ...place, name: "the list of its files" });
    for (const { sha256, path } of await entriesOf(manifest, blobs)) note(sha256, { ...place, name: path });
  }
}

/** Versions of the code that a run has: its own, and those that single nodes name. */
async function commitsOf(run: RunRecord, store: ProjectStore): Promise<readonly string[]> {
  const plan = await store.nodes.getPlan(run.id);
  return [...new Set([run.commit, ...(plan?.nodes ?? []).flatMap(({ commit }) => commit ?? [])])];
}

/**
 * Runs that have one of these among their files, the newest first; a damaged disk may have hit thousands, of which some
 * are told.
 */
async function* runsWith(bad: ReadonlySet<string>, store: ProjectStore): AsyncGenerator<RunRecord> {
  const { housekeeping } = store;
  const facts = (await housekeeping.listRunFacts()).filter(({ isOwn }) => isOwn);
  const found = new Set<number>();
  for await (const uses of housekeeping.contentUses({ traces: false }))
    for (const use of uses) if (bad.has(use.sha256)) found.add(use.runKey);
  for await (const logs of store.logs.listKept())
    for (const log of logs) if (bad.has(log.sha256)) found.add(log.runKey);
  const commits = new Set<string>();
  for (const fact of facts.toReversed()) {
    // Files of the code stand in lists; each version is looked at once, by its newest run.
    const isNewVersion = fact.commits.some((commit) => !commits.has(commit));
    for (const commit of fact.commits) commits.add(commit);
    if (!found.has(fact.key) && !isNewVersion) continue;
    const run = await store.runs.get(fact.id);
    if (run !== undefined) yield run;
  }
}

async function runOf(subject: Subject, store: ProjectStore): Promise<RunRecord> {
  if (subject.kind === "run") return subject.run;
  const run = await store.runs.get(subject.execution.runId);
  if (run === undefined)
    throw new HeadraceError("HR_NOT_FOUND", `the run of execution ${subject.execution.number} is missing`);
  return run;
}

/**
 * With what they received and made: those behind the nodes, which may be of earlier runs, and earlier attempts. By
 * number.
 */
async function executionsOf(subject: Subject, store: ProjectStore): Promise<readonly NodeExecution[]> {
  if (subject.kind === "execution") return await store.executions.listById([subject.execution.id]);
  const behind = await store.executions.listOfNodes(subject.run.id);
  const known = new Set(behind.map(({ execution }) => execution.id));
  const others = (await executionsOfRun(store, subject.run.id)).filter(({ id }) => !known.has(id)).map(({ id }) => id);
  const earlier = others.length === 0 ? [] : await store.executions.listById(others);
  return [...behind, ...earlier].sort((a, b) => a.execution.number - b.execution.number);
}
