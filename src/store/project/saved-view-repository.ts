import { statement } from "../database.ts";
import type { Actor } from "../events/actor.ts";
import type { ProjectScope } from "./scope.ts";

/** A list of runs as somebody wants to see it again. */
export interface SavedView {
  /** One of its owner's. */
  readonly name: string;
  readonly owner: Actor;
  /** The part of its address after `?`. */
  readonly search: string;
  /** Everybody in the project sees it; its owner alone changes it. */
  readonly isShared: boolean;
  readonly savedAt: number;
}

/** The views that users keep of a project's lists. */
export interface SavedViewRepository {
  /** Those of a user, and the shared ones of all others, by name. */
  list(user: Actor): Promise<readonly SavedView[]>;
  /** Returns the number of views that a user has. */
  count(owner: Actor): Promise<number>;
  /** Adds a view, or replaces the one of the same owner and name. */
  save(view: SavedView): Promise<void>;
  /** Returns false where the user has none of that name. */
  remove(owner: Actor, name: string): Promise<boolean>;
}

interface ViewRow {
  readonly name: string;
  readonly owner: string;
  readonly search: string;
  readonly is_shared: number;
  readonly saved_at: number;
}

const selectViews = statement<{ project: number; owner: string }, ViewRow>(`
  select name, owner, search, is_shared, saved_at from saved_views
  where project_key = :project and (owner = :owner or is_shared = 1) order by name, owner`);

const countViews = statement<{ project: number; owner: string }, { readonly found: number }>(
  "select count(*) as found from saved_views where project_key = :project and owner = :owner",
);

const upsertView = statement<{
  project: number;
  owner: string;
  name: string;
  search: string;
  isShared: number;
  at: number;
}>(`
  insert into saved_views (project_key, owner, name, search, is_shared, saved_at)
  values (:project, :owner, :name, :search, :isShared, :at)
  on conflict (project_key, owner, name) do update
  set search = excluded.search, is_shared = excluded.is_shared, saved_at = excluded.saved_at`);

const deleteView = statement<{ project: number; owner: string; name: string }>(
  "delete from saved_views where project_key = :project and owner = :owner and name = :name",
);

export function savedViewRepository({ database, project, change }: ProjectScope): SavedViewRepository {
  return {
    list: async (owner) => (await database.all(selectViews, { project, owner })).map(toView),
    count: async (owner) => Number((await database.get(countViews, { project, owner }))?.found ?? 0),
    save: ({ owner, name, search, isShared, savedAt: at }) =>
      change(async ({ queries }) => {
        await queries.run(upsertView, { project, owner, name, search, isShared: isShared ? 1 : 0, at });
      }),
    remove: (owner, name) =>
      change(async ({ queries }) => (await queries.run(deleteView, { project, owner, name })) > 0),
  };
}

function toView({ name, owner, search, is_shared, saved_at }: ViewRow): SavedView {
  return { name, owner: owner as Actor, search, isShared: is_shared === 1, savedAt: saved_at };
}
