import type { Store } from "../store/index.ts";
import type { Project } from "./project.ts";
import { runView } from "./view-of.ts";
import type { RunView } from "./views.ts";

export async function listRuns(store: Store, filter: Parameters<Project["listRuns"]>[0]): Promise<readonly RunView[]> {
  const { limit, beforeNumber, state, name, tag } = filter;
  const runs = await store.listRuns({
    limit,
    ...(beforeNumber === undefined ? {} : { beforeNumber }),
    ...(state === undefined ? {} : { states: [state] }),
    ...(name === undefined ? {} : { name }),
    ...(tag === undefined ? {} : { tag }),
  });
  return runs.map(runView);
}
