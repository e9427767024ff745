import { describe, expect, test } from "vitest";
import type { SavedView } from "../index.ts";
import { StoreRig, type StoreSubject } from "./rig.ts";

function view(owner: SavedView["owner"], name: string, changed: Partial<SavedView> = {}): SavedView {
  return { owner, name, search: "sort=auc", isShared: false, savedAt: 1, ...changed };
}

/** Views of lists, as users keep them. */
export function testSavedViews(subject: StoreSubject): void {
  describe("saved views", () => {
    test("are their owner's, unless they are shared, and are replaced by name", async () => {
      await using rig = await StoreRig.start(subject);
      const { savedViews } = rig.store;
      await savedViews.save(view("user:ann", "best"));
      await savedViews.save(view("user:ann", "all", { isShared: true }));
      await savedViews.save(view("user:bob", "best", { search: "where=auc+%3E+0.9" }));
      await savedViews.save(view("user:ann", "best", { search: "sort=loss", savedAt: 2 }));
      const best = view("user:ann", "best", { search: "sort=loss", savedAt: 2 });
      const all = view("user:ann", "all", { isShared: true });
      expect(await savedViews.list("user:ann")).toEqual([all, best]);
      expect((await savedViews.list("user:bob")).map(({ owner, name }) => [owner, name])).toEqual([
        ["user:ann", "all"],
        ["user:bob", "best"],
      ]);
      expect(await savedViews.count("user:ann")).toBe(2);
    });

    test("are removed by their owner alone", async () => {
      await using rig = await StoreRig.start(subject);
      const { savedViews } = rig.store;
      await savedViews.save(view("user:ann", "all", { isShared: true }));
      expect(await savedViews.remove("user:bob", "all")).toBe(false);
      expect(await savedViews.remove("user:ann", "all")).toBe(true);
      expect(await savedViews.list("user:ann")).toEqual([]);
    });
  });
}
