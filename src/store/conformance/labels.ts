import { expect, test } from "vitest";
import { newRun, planOf, StoreRig, type StoreSubject } from "./rig.ts";

/** People write titles, notes and tags on runs. */
export function testLabels(subject: StoreSubject): void {
  test("a title, a note and tags change whatever state a run is in, and lists find the tags", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun({ plan: planOf(["a"]), tags: ["x", "y"], title: "old" }));
    await store.runs.setState(run.id, { state: "started", at: 1 });
    const labelled = await store.runs.label(
      run.id,
      { title: "new", note: "line\nline", addTags: ["z", "x", "z"], removeTags: ["y", "no"] },
      { actor: "local:ada", at: 5 },
    );
    expect(labelled).toMatchObject({ state: "started", title: "new", note: "line\nline", tags: ["x", "z"] });
    expect(await store.runs.get(run.id)).toEqual(labelled);
    await store.runs.setState(run.id, { state: "complete", at: 2 });
    const numbers = async (tag: string) =>
      (await store.lists.runs({ limit: 9, tags: [tag], states: ["complete"] })).items.map(({ number }) => number);
    expect([await numbers("x"), await numbers("y"), await numbers("z")]).toEqual([[1], [], [1]]);

    const bare = await store.runs.label(
      run.id,
      { title: "", note: "", removeTags: ["x", "z"] },
      { actor: "local:ada", at: 6 },
    );
    expect([bare.title, bare.note, bare.tags]).toEqual([undefined, undefined, []]);
    expect(await store.runs.label(run.id, {}, { actor: "local:ada", at: 7 })).toEqual(bare);
    const events = (await store.events.list({ afterId: 0, runId: run.id, limit: 99 })).map(({ body }) => body);
    expect(events).toContainEqual({
      kind: "run-labelled",
      runId: run.id,
      title: "new",
      note: "line\nline",
      tags: ["x", "z"],
    });
    await expect(store.runs.label("no run", {}, { actor: "local:ada", at: 1 })).rejects.toMatchObject({
      code: "HR_NOT_FOUND",
    });
  });

  test("of many who add tags at once, none is lost", async () => {
    await using rig = await StoreRig.start(subject);
    const stores = [rig.store, await rig.open(), await rig.open()];
    const run = await rig.store.runs.create(newRun());
    const tags = Array.from({ length: 30 }, (_, index) => `t${index}`);
    await Promise.all(
      tags.map((tag, index) =>
        stores[index % 3]?.runs.label(run.id, { addTags: [tag] }, { actor: "local:ada", at: index }),
      ),
    );
    expect((await rig.store.runs.get(run.id))?.tags.toSorted()).toEqual(tags.toSorted());
  });
}
