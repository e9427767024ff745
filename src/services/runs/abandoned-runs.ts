import type { RunView } from "../../api/index.ts";
import type { RunState } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { runView } from "../records/view-of.ts";
import { isOfOwnPool, ownershipOfRuns } from "./run-ownership.ts";

const UNFINISHED: readonly RunState[] = ["created", "queued", "started", "stopping"];

/** Unfinished runs that no process drives and that this folder could carry on with, oldest first. */
export async function abandonedRuns({ project }: Context): Promise<readonly RunView[]> {
  if (!project.hasState()) return [];
  const store = await project.reader();
  const unfinished = (await store.lists.runs({ limit: 1000, states: UNFINISHED })).items.filter((run) =>
    isOfOwnPool(project, run),
  );
  if (unfinished.length === 0) return [];
  const ownershipOf = await ownershipOfRuns(project, store);
  const abandoned: RunView[] = [];
  for (const run of unfinished.toReversed()) {
    const ownership = await ownershipOf(run);
    if (ownership === "abandoned" || ownership === "waiting") abandoned.push(runView(run));
  }
  return abandoned;
}
