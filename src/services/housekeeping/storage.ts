import type { GarbageView, StorageView } from "../../api/index.ts";
import type { Context } from "../context.ts";
import { gcProject } from "./gc-request.ts";

/** Returns the amounts of stored outputs of executions, and of fetched files. */
export async function storageUsage({ project }: Context): Promise<StorageView> {
  const nothing = { count: 0, sizeBytes: 0 };
  if (!project.hasState()) return { made: nothing, fetched: nothing, contents: nothing };
  return await (await project.reader()).data.measure();
}

/** Returns the files that `gc` would remove by the rules of the installation; nothing is removed. */
export async function garbageOf(context: Context): Promise<GarbageView> {
  const store = await context.project.writer();
  return await gcProject(context, store, { tagged: false, leftovers: false, apply: false });
}

/** Removes these files. */
export async function clearUp(context: Context): Promise<GarbageView> {
  const store = await context.project.existingWriter();
  return await gcProject(context, store, { tagged: false, leftovers: false, apply: true });
}
