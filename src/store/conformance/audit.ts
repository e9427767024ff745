import { describe, expect, test } from "vitest";
import { newRun, StoreRig, type StoreSubject, startNode } from "./rig.ts";

/** Who wanted which change. */
export function testAudit(subject: StoreSubject): void {
  describe("the audit log", () => {
    test("has every change that somebody wanted, with who wanted it", async () => {
      await using rig = StoreRig.empty(subject);
      const { database, prefix } = await rig.openDatabase();
      const { installation } = database;
      const { id: project } = await installation.createProject({ name: `${prefix}/p` }, { actor: "user:root", at: 1 });
      const store = await database.project(project);
      const run = await store.runs.create(newRun({ actor: "user:ada", at: 2 }));
      const execution = await startNode(store, run, "a");
      await store.runs.label(run.id, { addTags: ["x"] }, { actor: "user:bob", at: 3 });
      await store.runs.requestStop({ runId: run.id, executionId: execution.id, actor: "trigger:t" }, 4);
      // What a rule of the run wants, nobody has wanted.
      await store.runs.requestStop({ runId: run.id }, 5);
      await installation.renameProject(project, `${prefix}/q`, { actor: "user:root", at: 6 });

      const entries = await installation.audit.list({ afterId: 0, limit: 99, project });
      const ofProject = { kind: "project", id: project };
      const ofRun = { kind: "run", id: run.id };
      expect(entries.map(({ id: _, ...entry }) => entry)).toEqual([
        { project, at: 1, actor: "user:root", action: "project.create", subject: ofProject, detail: { name: `${prefix}/p` } },
        { project, at: 2, actor: "user:ada", action: "run.create", subject: ofRun, detail: { number: 1, kind: "pipeline", name: "daily" } },
        { project, at: 3, actor: "user:bob", action: "run.label", subject: ofRun, detail: { addTags: ["x"] } },
        { project, at: 4, actor: "trigger:t", action: "execution.stop", subject: { kind: "execution", id: execution.id }, detail: {} },
        {
          ...{ project, at: 6, actor: "user:root", action: "project.rename", subject: ofProject },
          detail: { from: `${prefix}/p`, to: `${prefix}/q` },
        },
      ]);
      expect(await installation.audit.list({ afterId: entries[0]?.id ?? 0, limit: 2, project })).toEqual(entries.slice(1, 3));
      expect(await installation.audit.list({ afterId: 0, limit: 9, subject: ofRun })).toEqual(entries.slice(1, 3));
    });

    test("keeps what it says of a run that is removed", async () => {
      await using rig = StoreRig.empty(subject);
      const { database, prefix } = await rig.openDatabase();
      const store = await database.ensureProject({ name: `${prefix}/p` });
      const run = await store.runs.create(newRun({ actor: "user:ada" }));
      await store.runs.setState(run.id, { state: "stopped", at: 2 });
      expect(await store.housekeeping.deleteRun(run.id, { actor: "user:bob", at: 3 })).toBe(true);
      expect(await store.events.list({ afterId: 0, limit: 9 })).toEqual([]);
      const entries = await database.installation.audit.list({ afterId: 0, limit: 9, project: store.project.id });
      expect(entries.map(({ actor, action, subject: about }) => [actor, action, about.id])).toEqual([
        ["user:ada", "run.create", run.id],
        ["user:bob", "run.delete", run.id],
      ]);
    });

    test("says nothing of a change that failed", async () => {
      await using rig = StoreRig.empty(subject);
      const { database, prefix } = await rig.openDatabase();
      const store = await database.ensureProject({ name: `${prefix}/p` });
      await expect(store.runs.label("no run", {}, { actor: "user:ada", at: 1 })).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
      expect(await database.installation.audit.list({ afterId: 0, limit: 9, project: store.project.id })).toEqual([]);
    });
  });
}
