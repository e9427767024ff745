import type { ProjectApi, TaskView } from "../api/index.ts";
import { HeadraceError } from "../errors.ts";

/** The task that `12.tune` or `latest.tune` names; undefined where it names something else, or nothing. */
export async function taskNamed(api: ProjectApi, ref: string): Promise<TaskView | undefined> {
  const [, run, node] = /^[#=]?(\d+|latest)\.(.+)$/.exec(ref.trim()) ?? [];
  if (run === undefined || node === undefined) return undefined;
  try {
    return await api.tasks.get(run, node);
  } catch (error) {
    if (error instanceof HeadraceError && (error.code === "HR_USAGE" || error.code === "HR_NOT_FOUND"))
      return undefined;
    throw error;
  }
}
