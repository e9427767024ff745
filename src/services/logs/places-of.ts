import type { ExecutionRecord } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { recordedFolder } from "../installation/placed-folder.ts";
import type { LogPlaces } from "./log-places.ts";

/** The places of the logs of the project that a service is asked about. */
export async function placesOf({ project }: Context, store: Promise<LogPlaces["store"]>): Promise<LogPlaces> {
  return {
    store: await store,
    blobs: () => project.blobs(),
    ask: async (executionId) => await (await project.existingWriter()).liveLogs.follow(executionId),
    folderOf: (execution: ExecutionRecord) => recordedFolder(project, execution),
  };
}
