import { describe, expect, test } from "vitest";
import type { Listed } from "../project/lists.ts";
import type { ProjectStore } from "../project/project-store.ts";
import type { RunState } from "../records.ts";
import { newRun, planOf, queueNode, StoreRig, type StoreSubject } from "./rig.ts";

/** Each ends a literal, a name or a statement somewhere, or widens a condition, if it ever becomes part of the SQL. */
const HOSTILE = [
  "x' or '1'='1",
  "x' or 1=1) as a) as numbers -- ",
  'x" or "1"="1',
  "x'; delete from runs; --",
  "x') union all select 1 -- ",
  ":project",
  "$1",
  "x\\' or 1=1 -- ",
  "%",
  "_",
] as const;

/** Every question that takes text, asked with text that nothing has; each finds nothing. */
const QUESTIONS: Readonly<Record<string, (store: ProjectStore, text: string) => Promise<unknown>>> = {
  listExecutionsById: (store, id) => store.executions.listById([id]),
  listExecutionsOfNodes: (store, id) => store.executions.listOfNodes(id),
  listOpenExecutions: (store, id) => store.queue.listOpen(id),
  listClaimed: (store, owner) => store.queue.listClaimed(owner),
  listNodes: (store, id) => store.nodes.list(id),
  listReusable: (store, base) => store.reuse.list({ base, limit: 10 }),
  listOutputs: (store, id) => store.data.listOutputs(id),
  listInputFiles: (store, id) => store.data.listInputFiles(id),
  listMetadata: (store, id) => store.metadata.list(id, { limit: 10 }),
  listEvents: (store, runId) => store.events.list({ afterId: 0, runId, limit: 10 }),
};

/** The same for lists in pages. */
const PAGES: Readonly<Record<string, (store: ProjectStore, text: string) => Promise<Listed<unknown>>>> = {
  "runs by name, tag and states": ({ lists }, text) =>
    lists.runs({ limit: 10, name: text, tags: [text], states: ["queued", "created"] }),
  "executions by run, step and states": ({ lists }, text) =>
    lists.executions({ limit: 10, runId: text, step: text, states: ["queued"] }),
  "executions by step": ({ lists }, step) => lists.executions({ limit: 10, step }),
  "runs by name": ({ lists }, name) => lists.runs({ limit: 10, name }),
  "runs by tags": ({ lists }, text) => lists.runs({ limit: 10, tags: [text, text] }),
  "runs by name and tag, by duration": ({ lists }, text) =>
    lists.runs({ limit: 10, name: text, tags: [text], sort: { by: "duration", direction: "ascending" } }),
  "runs by a name of a value": ({ lists }, name) =>
    lists.runs({ limit: 10, values: [{ name, operator: "!=", value: 1 }] }),
  "runs by a value": ({ lists }, value) =>
    lists.runs({ limit: 10, values: [{ name: "kind", operator: "=", value, node: value }] }),
  "executions by run": ({ lists }, runId) => lists.executions({ limit: 10, runId }),
  "executions by step and node": ({ lists }, text) => lists.executions({ limit: 10, step: text, node: text }),
  "executions by tag and name of their run": ({ lists }, text) =>
    lists.executions({ limit: 10, tags: [text], runName: text }),
  "executions by a value": ({ lists }, text) =>
    lists.executions({
      limit: 10,
      values: [{ name: text, operator: ">=", value: text, origin: "metadata" }],
      sort: { by: { name: text }, direction: "ascending" },
    }),
  "files by run and execution": ({ lists }, text) => lists.files({ limit: 10, runId: text, executionId: text }),
  "files by name and step": ({ lists }, text) => lists.files({ limit: 10, name: text, step: text }),
  nodes: ({ lists }, runId) => lists.nodes(runId, { limit: 10 }),
};

/** Words of a closed set: states, orders, operators. */
const WORDS: Readonly<Record<string, (store: ProjectStore, text: string) => Promise<unknown>>> = {
  "a state of runs": ({ lists }, text) => lists.runs({ limit: 10, states: [text as RunState] }),
  "a state of runs with a tag": ({ lists }, text) =>
    lists.runs({ limit: 10, tags: ["nightly"], states: [text as RunState] }),
  "a state of executions by duration": ({ lists }, text) =>
    lists.executions({ limit: 10, states: [text as RunState], sort: { by: "duration", direction: "ascending" } }),
  "a state of nodes": ({ lists }, text) => lists.nodes("r", { limit: 10, states: [text as "waiting"] }),
  "an order of runs": ({ lists }, text) =>
    lists.runs({ limit: 10, sort: { by: text as "number", direction: "ascending" } }),
  "an order of executions": ({ lists }, text) =>
    lists.executions({ limit: 10, sort: { by: text as "number", direction: "ascending" } }),
  "an operator": ({ lists }, text) =>
    lists.executions({ limit: 10, values: [{ name: "a", operator: text as "=", value: 1 }] }),
};

/** Single records by text; each answers that there is none. */
const LOOKUPS: Readonly<Record<string, (store: ProjectStore, text: string) => Promise<unknown>>> = {
  getRun: (store, id) => store.runs.get(id),
  getPlan: (store, id) => store.nodes.getPlan(id),
  getNode: (store, id) => store.nodes.get(id, id),
  getExecution: (store, id) => store.executions.get(id),
  getDatum: (store, id) => store.data.get(id),
  findDatumByUri: (store, uri) => store.data.findByUri(uri),
  getFingerprint: (store, id) => store.reuse.getFingerprint(id),
  getSnapshot: (store, identifier) => store.snapshots.get(identifier),
};

/** No text that a caller brings becomes part of a statement, whichever filter it comes in by. */
export function testHostileText(subject: StoreSubject): void {
  describe("text that would be SQL", () => {
    test("finds nothing and changes nothing, in any filter of any list", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun({ plan: planOf(["a", "b"]), tags: ["nightly"] }));
      await queueNode(store, run, "a");
      for (const text of HOSTILE) {
        for (const [name, ask] of Object.entries(QUESTIONS))
          expect(await ask(store, text), `${name}: ${text}`).toEqual([]);
        for (const [name, ask] of Object.entries(PAGES))
          expect((await ask(store, text)).items, `${name}: ${text}`).toEqual([]);
        for (const [name, ask] of Object.entries(LOOKUPS))
          expect(await ask(store, text), `${name}: ${text}`).toBeUndefined();
      }
      expect((await store.lists.runs({ limit: 10 })).items).toHaveLength(1);
      expect((await store.lists.executions({ limit: 10 })).items).toHaveLength(1);
    });

    test("is kept as it is where it names something", async () => {
      await using rig = await StoreRig.start(subject);
      for (const text of HOSTILE) {
        const run = await rig.store.runs.create(
          newRun({ plan: planOf(["a"], { name: text }), tags: [text], title: text }),
        );
        const filter = { limit: 10, name: text, tag: text, states: [run.state] };
        expect((await rig.store.lists.runs(filter)).items.map(({ number, title }) => ({ number, title }))).toEqual([
          { number: run.number, title: text },
        ]);
      }
    });

    test.each(HOSTILE)("is refused as a state: %s", async (text) => {
      await using rig = await StoreRig.start(subject);
      const states = [text as RunState];
      const message = `${JSON.stringify(text)} is not a state of a run`;
      await expect(rig.store.lists.runs({ limit: 10, states })).rejects.toThrow(message);
      await expect(rig.store.lists.executions({ limit: 10, states })).rejects.toThrow(message);
      for (const ask of Object.values(WORDS)) await expect(ask(rig.store, text)).rejects.toThrow(TypeError);
      await expect(rig.store.lists.runs({ limit: 10, after: text })).rejects.toMatchObject({ code: "HR_USAGE" });
    });
  });
}
