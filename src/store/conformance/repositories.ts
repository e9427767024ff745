import { expect, test } from "vitest";
import { getRow, type ProjectScope, statement } from "../sql.ts";
import { eventsOf, newRun, StoreRig, type StoreSubject } from "./rig.ts";

const insertTag = statement<{ project: number; runId: string; tag: string }, { run_key: number }>(`
  insert into run_tags (project_key, tag, state, number, name, run_key)
  select project_key, :tag, state, number, name, key from runs where id = :runId and project_key = :project
  returning run_key`);
const selectTags = statement<{ project: number }, { tag: string }>(
  "select tag from run_tags where project_key = :project order by tag",
);

/** As another room writes one: its statements, in the store's transactions. */
function tagRepository({ database, project, change }: ProjectScope) {
  return {
    list: async () => (await database.all(selectTags, { project })).map(({ tag }) => tag),
    add: (runId: string, tag: string, failure?: Error) =>
      change(async ({ queries, emit }) => {
        const { run_key: runKey } = await getRow(queries, insertTag, { project, runId, tag });
        emit(runKey, 5, { kind: "run-labelled", runId, title: "", note: "", tags: [tag] });
        if (failure !== undefined) throw failure;
      }),
  };
}

/** Repositories of other rooms, through the second door. */
export function testRepositories(subject: StoreSubject): void {
  test("a repository of another room changes rows and appends events in one transaction", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const tags = tagRepository(store.scope);
    await tags.add(run.id, "kept");
    await expect(tags.add(run.id, "lost", new Error("no"))).rejects.toThrow("no");
    expect(await tags.list()).toEqual(["kept"]);
    expect((await eventsOf(store, run.id)).map(({ kind }) => kind)).toEqual(["run-created", "run-labelled"]);
  });
}
