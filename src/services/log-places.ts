import { existsSync } from "node:fs";
import type { BlobStore } from "../blobs/index.ts";
import { executionFolder, FolderLog, type LogSource, NO_LOG, PackedLog } from "../contract/index.ts";
import { type ExecutionRecord, isFinal, type ProjectStore } from "../store/index.ts";

/** The places of the logs of a project's executions. */
export interface LogPlaces {
  readonly store: ProjectStore;
  readonly blobs: () => Promise<Pick<BlobStore, "read">>;
  readonly folderOf: (execution: ExecutionRecord) => Promise<string>;
}

/**
 * The log of an execution: where it ran, while that is to be seen from here; among the stored files after its end.
 */
export async function openLog(places: LogPlaces, execution: ExecutionRecord): Promise<LogSource> {
  const { logs } = executionFolder(await places.folderOf(execution));
  if (existsSync(logs) || !isFinal(execution.state)) return new FolderLog(logs);
  const kept = await places.store.logs.getKept(execution.id);
  return kept === undefined ? NO_LOG : await PackedLog.open(await places.blobs(), kept);
}
