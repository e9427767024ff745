import { availableParallelism } from "node:os";
import type { VerificationView } from "../../api/index.ts";
import type { BlobStore } from "../../blobs/index.ts";
import { systemErrorCode } from "../../errors.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { findSubject, type Subject } from "../records/refs.ts";
import { allRecordedFiles, findUses, type RecordedFile, recordedFilesOf } from "./recorded-files.ts";

export interface VerifyRequest {
  /** A run or an execution; absent: everything. */
  readonly ref?: string;
  /** Only whether the files are there, and of the right size. */
  readonly quick: boolean;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
}

type Verdict = "ok" | VerificationView["problems"][number]["problem"];

/** So many are asked for at a time; the threads that hash are as many as the cores. */
const AT_A_TIME = 4 * availableParallelism();
const QUICK_BATCH = 4096;

/** Compares every recorded hash with the bytes. Nothing is changed. */
export async function verifyFiles(
  project: ProjectResources,
  store: ProjectStore,
  request: VerifyRequest,
): Promise<VerificationView> {
  const subject = request.ref === undefined ? undefined : await findSubject(store, request.ref);
  const blobs = await project.blobs();
  return await verifyIn(blobs, store, subject, request);
}

export async function verifyIn(
  blobs: BlobStore,
  store: ProjectStore,
  subject: Subject | undefined,
  { quick, onProgress = () => undefined }: VerifyRequest,
): Promise<VerificationView> {
  const recorded =
    subject === undefined ? await allRecordedFiles(store, blobs) : await recordedFilesOf(subject, store, blobs);
  const files = recorded.files();
  const verdicts = quick ? await lookAt(files, blobs) : await readAll(files, blobs, onProgress);
  const bad = files.filter(({ sha256 }) => verdicts.has(sha256));
  const uses = bad.length === 0 ? new Map() : await findUses(new Set(verdicts.keys()), { store, blobs, subject });
  return {
    quick,
    files: files.length,
    sizeBytes: files.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0),
    problems: bad.map(({ sha256, sizeBytes }) => ({
      sha256,
      problem: verdicts.get(sha256) ?? "damaged",
      sizeBytes: sizeBytes ?? null,
      uses: uses.get(sha256) ?? [],
    })),
  };
}

type Verdicts = ReadonlyMap<string, Exclude<Verdict, "ok">>;

async function lookAt(files: readonly RecordedFile[], blobs: BlobStore): Promise<Verdicts> {
  const verdicts = new Map<string, Exclude<Verdict, "ok">>();
  for (let start = 0; start < files.length; start += QUICK_BATCH) {
    const batch = files.slice(start, start + QUICK_BATCH);
    const sized = batch.flatMap(({ sha256, sizeBytes }) => (sizeBytes === undefined ? [] : [{ sha256, sizeBytes }]));
    for (const sha256 of await blobs.missing(batch.map((file) => file.sha256))) verdicts.set(sha256, "missing");
    for (const sha256 of await blobs.resized(sized)) verdicts.set(sha256, "damaged");
  }
  return verdicts;
}

async function readAll(
  files: readonly RecordedFile[],
  blobs: BlobStore,
  onProgress: (progress: VerifyProgress) => void,
): Promise<Verdicts> {
  const verdicts = new Map<string, Exclude<Verdict, "ok">>();
  let [done, bytes] = [0, 0];
  const queue = files.values();
  const work = async (): Promise<void> => {
    for (const { sha256, sizeBytes } of queue) {
      const verdict = await verdictOn(sha256, blobs);
      if (verdict !== "ok") verdicts.set(sha256, verdict);
      done += 1;
      bytes += sizeBytes ?? 0;
      onProgress({ files: done, totalFiles: files.length, bytes });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return verdicts;
}

async function verdictOn(sha256: string, blobs: BlobStore): Promise<Verdict> {
  try {
    return await blobs.verify(sha256);
  } catch (error) {
    // One file that may not be opened, or is none any more, is a finding; a store that cannot be reached is the end.
    const code = systemErrorCode(error);
    if (code === "EACCES" || code === "EPERM" || code === "EISDIR" || code === "ELOOP" || isNoFile(error))
      return "unreadable";
    throw error;
  }
}

/** As the store calls a folder or a device in a file's place. */
function isNoFile(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "HR_OUTPUT_REFUSED" || error.code === "HR_FILE_CHANGED")
  );
}
