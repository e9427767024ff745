import { resolve } from "node:path";
import type { SnapshotView } from "../../api/index.ts";
import { checkoutSnapshot } from "../../snapshots/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { findSubject } from "../records/refs.ts";

/** Writes the code that a run or execution used into a new or empty folder. */
export async function checkoutCode(
  project: ProjectResources,
  store: ProjectStore,
  ref: string,
  folder: string,
): Promise<SnapshotView> {
  const subject = await findSubject(store, ref);
  const commit = subject.kind === "run" ? subject.run.commit : subject.execution.commit;
  const target = resolve(folder);
  const blobs = await project.blobs();
  const { fileCount, sizeBytes } = await checkoutSnapshot({ identifier: commit, store, blobs, target });
  return { commit, folder: target, fileCount, sizeBytes };
}
