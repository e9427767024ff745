import type { SAVED_VIEWS } from "../../api/index.ts";
import type { Handlers } from "../call.ts";

/** Views of the lists of a project, as users keep them. */
export function savedViewRoutes(): Handlers<typeof SAVED_VIEWS> {
  return {
    listSavedViews: async ({ open }) => (await open()).savedViews.list(),
    saveView: async ({ open, params, body }) => (await open()).savedViews.save(params.view, body),
    removeSavedView: async ({ open, params }) => (await open()).savedViews.remove(params.view),
  };
}
