import type { NewSavedView, SavedViewView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Actor, SavedView } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { isoTime } from "../records/view-of.ts";

const MOST_CHARACTERS = 100;
const MOST_VIEWS = 200;

/** The views that the caller has saved, and those that others share. */
export async function listSavedViews({ project, actor }: Context): Promise<readonly SavedViewView[]> {
  if (!project.hasState()) return [];
  const views = await (await project.reader()).savedViews.list(actor);
  return views.map((view) => viewOf(view, actor));
}

/** Saves a view under a name of the caller's own. Throws HR_USAGE for a name that is none, and for too many. */
export async function saveView(
  { project, actor, now }: Context,
  name: string,
  { search, shared }: NewSavedView,
): Promise<SavedViewView> {
  const trimmed = name.trim();
  if (trimmed === "" || trimmed.length > MOST_CHARACTERS)
    throw new HeadraceError("HR_USAGE", `the name of a view has 1 to ${MOST_CHARACTERS} characters`, {
      hint: "give it a short name",
    });
  const { savedViews } = await project.writer();
  if ((await savedViews.count(actor)) >= MOST_VIEWS)
    throw new HeadraceError("HR_USAGE", `you have saved ${MOST_VIEWS} views already`, {
      hint: "remove those that you do not use",
    });
  const view = { name: trimmed, owner: actor, search, isShared: shared, savedAt: now() };
  await savedViews.save(view);
  return viewOf(view, actor);
}

/** Throws HR_NOT_FOUND where the caller has no view of that name. */
export async function removeSavedView({ project, actor }: Context, name: string): Promise<void> {
  if (project.hasState() && (await (await project.writer()).savedViews.remove(actor, name))) return;
  throw new HeadraceError("HR_NOT_FOUND", `you have no view called ${JSON.stringify(name)}`, {
    hint: "a view that somebody else shares is removed by them",
  });
}

function viewOf({ name, search, isShared, owner, savedAt }: SavedView, actor: Actor): SavedViewView {
  return { name, search, shared: isShared, owner, own: owner === actor, savedAt: isoTime(savedAt) };
}
