import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { programVersion } from "../../version.ts";
import { statement } from "../database.ts";
import type { Actor } from "../events/actor.ts";
import type { AuditFilter } from "../installation/audit.ts";
import { type CallOrigin, withOrigin } from "../installation/audit-origin.ts";
import { newRun, StoreRig, type StoreSubject, startNode } from "./rig.ts";

/** The audit log says who asked for which change. */
export function testAudit(subject: StoreSubject): void {
  describe("the audit log", () => {
    testAuditAsTable(subject);

    test("has every change that somebody wanted, with who wanted it", async () => {
      await using rig = StoreRig.empty(subject);
      const { database, prefix } = await rig.openDatabase();
      const { installation } = database;
      const { id: project } = await installation.createProject({ name: `${prefix}/p` }, { actor: "user:root", at: 1 });
      const store = await database.project(project);
      const run = await store.runs.create(newRun({ actor: "user:ada", at: 2 }));
      const execution = await startNode(store, run, "a");
      await store.runs.label(run.id, { addTags: ["x"] }, { actor: "user:bob", at: 3 });
      await store.runs.claim(run.id, run.fence, "engine", { actor: "user:eve", at: 3 });
      await store.runs.requestStop({ runId: run.id, executionId: execution.id, actor: "trigger:t" }, 4);
      // If a rule of the run asks for a change, nobody is recorded as having asked for it.
      await store.runs.requestStop({ runId: run.id }, 5);
      await installation.renameProject(project, `${prefix}/q`, { actor: "user:root", at: 6 });

      const entries = await installation.audit.list({ afterId: 0, limit: 99, project });
      const ofProject = { kind: "project", id: project };
      const ofRun = { kind: "run", id: run.id };
      expect(entries.map(({ id: _, from: __, ...entry }) => entry)).toEqual([
        {
          project,
          at: 1,
          actor: "user:root",
          action: "project.create",
          subject: ofProject,
          detail: { name: `${prefix}/p` },
        },
        {
          project,
          at: 2,
          actor: "user:ada",
          action: "run.create",
          subject: ofRun,
          detail: { number: 1, kind: "pipeline", name: "daily" },
        },
        { project, at: 3, actor: "user:bob", action: "run.label", subject: ofRun, detail: { addTags: ["x"] } },
        { project, at: 3, actor: "user:eve", action: "run.resume", subject: ofRun, detail: {} },
        {
          project,
          at: 4,
          actor: "trigger:t",
          action: "execution.stop",
          subject: { kind: "execution", id: execution.id },
          detail: {},
        },
        {
          ...{ project, at: 6, actor: "user:root", action: "project.rename", subject: ofProject },
          detail: { from: `${prefix}/p`, to: `${prefix}/q` },
        },
      ]);
      expect(await installation.audit.list({ afterId: entries[0]?.id ?? 0, limit: 2, project })).toEqual(
        entries.slice(1, 3),
      );
      expect(await installation.audit.list({ afterId: 0, limit: 9, subject: ofRun })).toEqual(entries.slice(1, 4));
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
      await expect(store.runs.label("no run", {}, { actor: "user:ada", at: 1 })).rejects.toMatchObject({
        code: "HR_NOT_FOUND",
      });
      expect(await database.installation.audit.list({ afterId: 0, limit: 9, project: store.project.id })).toEqual([]);
    });
  });
}

function testAuditAsTable(subject: StoreSubject): void {
  test("is searched by who, what, when and about what, from either end", async () => {
    await using rig = StoreRig.empty(subject);
    const { database, prefix } = await rig.openDatabase();
    const { installation } = database;
    const { id: project } = await installation.createProject({ name: `${prefix}/p` }, { actor: "user:root", at: 10 });
    for (const [at, actor, name] of [
      [20, "user:ada", "q"],
      [30, "user:bob", "r"],
      [40, "user:ada", "s"],
    ] as const)
      await installation.renameProject(project, `${prefix}/${name}`, { actor, at });
    const times = async (filter: Partial<AuditFilter>) =>
      (await installation.audit.list({ afterId: 0, limit: 99, project, ...filter })).map(({ at }) => at);
    expect(await times({ first: "newest" })).toEqual([40, 30, 20, 10]);
    expect(await times({ first: "newest", limit: 2 })).toEqual([40, 30]);
    expect(await times({ actor: "user:ada" })).toEqual([20, 40]);
    expect(await times({ action: "project.rename", since: 30, until: 40 })).toEqual([30]);
    expect(await times({ action: "project" })).toEqual([10, 20, 30, 40]);
    expect(await times({ action: "proj" })).toEqual([]);
    expect(await times({ action: "project_rename" })).toEqual([]);
    expect(await times({ subject: { kind: "project", id: "" } })).toEqual([10, 20, 30, 40]);
    expect(await times({ subject: { kind: "run", id: "" } })).toEqual([]);
    const newest = await installation.audit.list({ afterId: 0, limit: 2, project, first: "newest" });
    expect(await times({ first: "newest", beforeId: newest.at(-1)?.id ?? 0 })).toEqual([20, 10]);
  });

  test("says from where each change came, also of those that are committed together", async () => {
    await using rig = StoreRig.empty(subject);
    const { database, prefix } = await rig.openDatabase();
    const { installation } = database;
    const { id: project } = await installation.createProject({ name: `${prefix}/p` }, { actor: "user:root", at: 1 });
    const rename = (actor: Actor, at: number, call?: CallOrigin) => {
      const work = () => installation.renameProject(project, `${prefix}/${at}`, { actor, at });
      return call === undefined ? work() : withOrigin(call, work);
    };
    const from = (address: string): CallOrigin["origin"] => ({
      ...{ address, via: `token:${address}`, agent: "curl/8 ".repeat(200), requestId: `r-${address}` },
    });
    await Promise.all([
      rename("user:ada", 2, { actor: "user:ada", origin: from("192.0.2.1") }),
      rename("user:bob", 3, { origin: from("192.0.2.2") }),
      rename("user:eve", 4),
      // A call is not the origin of work that it started in another's name.
      rename("local:engine", 5, { actor: "user:ada", origin: from("192.0.2.1") }),
    ]);
    const entries = async (filter: Partial<AuditFilter>) =>
      await installation.audit.list({ afterId: 0, limit: 99, project, ...filter });
    const own = { address: hostname(), via: "process", agent: `headrace/${programVersion()}` };
    const shortened = (address: string) => ({ ...from(address), agent: from(address).agent.slice(0, 300) });
    expect((await entries({})).map(({ at, from: origin }) => [at, origin])).toEqual([
      [1, own],
      [2, shortened("192.0.2.1")],
      [3, shortened("192.0.2.2")],
      [4, own],
      [5, own],
    ]);
    const times = async (filter: Partial<AuditFilter>) => (await entries(filter)).map(({ at }) => at);
    expect(await times({ address: "192.0.2.2" })).toEqual([3]);
    expect(await times({ via: "token:192.0.2.1" })).toEqual([2]);
    expect(await times({ via: "token" })).toEqual([2, 3]);
    expect(await times({ via: "tok" })).toEqual([]);
    expect(await times({ agent: "curl" })).toEqual([2, 3]);
    expect(await times({ agent: "%" })).toEqual([]);
    expect(await times({ requestId: "r-192.0.2.2" })).toEqual([3]);
  });

  test("is kept by the database from every change", async () => {
    await using rig = StoreRig.empty(subject);
    const { database, prefix } = await rig.openDatabase();
    const { installation } = database;
    const { id: project } = await installation.createProject({ name: `${prefix}/p` }, { actor: "user:root", at: 1 });
    const before = await installation.audit.list({ afterId: 0, limit: 9, project });
    for (const change of [
      statement<{ project: string }>("update audit set actor = 'user:nobody' where project_id = :project"),
      statement<{ project: string }>("delete from audit where project_id = :project"),
    ])
      await expect(
        installation.scope.change(async ({ queries }) => void (await queries.run(change, { project }))),
      ).rejects.toThrow("rows of audit are never changed or removed");
    expect(await installation.audit.list({ afterId: 0, limit: 9, project })).toEqual(before);
  });
}
