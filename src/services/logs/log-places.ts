import { existsSync } from "node:fs";
import type { BlobStore } from "../../blobs/index.ts";
import { executionFolder, FolderLog, type LogSource, NO_LOG, PackedLog } from "../../contract/index.ts";
import { HeadraceError } from "../../errors.ts";
import { type ExecutionRecord, isFinal, type ProjectStore } from "../../store/index.ts";
import { RemoteLog } from "./remote-log.ts";

/** The places of the logs of a project's executions. */
export interface LogPlaces {
  readonly store: ProjectStore;
  readonly blobs: () => Promise<Pick<BlobStore, "read">>;
  readonly folderOf: (execution: ExecutionRecord) => Promise<string>;
  /** Writes that somebody reads the log of an execution that runs elsewhere. */
  readonly ask: (executionId: string) => Promise<void>;
}

export interface LogWish {
  /** More is waited for. */
  readonly follow: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The log of an execution: where it ran, while that is to be seen from here; else among the stored files after its end,
 * and as its engine publishes it until then.
 */
export async function openLog(places: LogPlaces, execution: ExecutionRecord, wish: LogWish): Promise<LogSource> {
  const { store } = places;
  const { logs } = executionFolder(await places.folderOf(execution));
  if (existsSync(logs)) return new FolderLog(logs);
  if (isFinal(execution.state)) return await storedLog(places, execution);
  // In a database that machines do not share, the folder is merely not there yet.
  if (!store.liveLogs.isShared) return new FolderLog(logs);
  const here = async (): Promise<LogSource | undefined> => {
    const folder = executionFolder(await places.folderOf(execution)).logs;
    return existsSync(folder) ? new FolderLog(folder) : undefined;
  };
  const stored = (): Promise<LogSource> => storedLog(places, execution);
  const ask = (): Promise<void> => places.ask(execution.id);
  return new RemoteLog({ executionId: execution.id, store, stored, here, ask, ...wish });
}

async function storedLog({ store, blobs }: LogPlaces, { id, number }: ExecutionRecord): Promise<LogSource> {
  const kept = await store.logs.getKept(id);
  if (kept === undefined) {
    if (!(await store.logs.waits(id))) return NO_LOG;
    throw new HeadraceError("HR_NOT_FOUND", `the log of execution ${number} is still on the machine where it ran`, {
      hint: "the next run on that machine, or an engine there, puts it among the stored files",
    });
  }
  try {
    return await PackedLog.open(await blobs(), kept);
  } catch (error) {
    if (!(error instanceof HeadraceError) || error.code !== "HR_BLOB_MISSING") throw error;
    throw new HeadraceError("HR_BLOB_MISSING", `the log of execution ${number} is missing among the stored files`, {
      hint: "if it ran on another machine, both must keep their files in one place (HEADRACE_BLOBS); else bring the files back from a backup",
      cause: error,
    });
  }
}
