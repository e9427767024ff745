import { describe, expect, test } from "vitest";
import type { RunState } from "../records.ts";
import type { Store } from "../store.ts";
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
const QUESTIONS: Readonly<Record<string, (store: Store, text: string) => Promise<unknown>>> = {
  "listRuns name": (store, name) => store.listRuns({ limit: 10, name }),
  "listRuns tag": (store, tag) => store.listRuns({ limit: 10, tag }),
  "listRuns name and tag": (store, text) => store.listRuns({ limit: 10, name: text, tag: text, states: ["queued", "created"] }),
  "listExecutions step": (store, step) => store.listExecutions({ limit: 10, step }),
  "listExecutions runId": (store, runId) => store.listExecutions({ limit: 10, runId }),
  "listExecutions runId, step and states": (store, text) =>
    store.listExecutions({ limit: 10, runId: text, step: text, states: ["queued"] }),
  listExecutionsById: (store, id) => store.listExecutionsById([id]),
  listExecutionsOfNodes: (store, id) => store.listExecutionsOfNodes(id),
  listOpenExecutions: (store, id) => store.listOpenExecutions(id),
  listClaimed: (store, owner) => store.listClaimed(owner),
  listNodes: (store, id) => store.listNodes(id),
  listReusable: (store, base) => store.listReusable({ base, limit: 10 }),
  listOutputs: (store, id) => store.listOutputs(id),
  listInputFiles: (store, id) => store.listInputFiles(id),
  listMetadata: (store, id) => store.listMetadata(id, { limit: 10 }),
  listEvents: (store, runId) => store.listEvents({ afterId: 0, runId, limit: 10 }),
};

/** Single records by text; each answers that there is none. */
const LOOKUPS: Readonly<Record<string, (store: Store, text: string) => Promise<unknown>>> = {
  getRun: (store, id) => store.getRun(id),
  getPlan: (store, id) => store.getPlan(id),
  getNode: (store, id) => store.getNode(id, id),
  getExecution: (store, id) => store.getExecution(id),
  getDatum: (store, id) => store.getDatum(id),
  findDatumByUri: (store, uri) => store.findDatumByUri(uri),
  getFingerprint: (store, id) => store.getFingerprint(id),
  getSnapshot: (store, identifier) => store.getSnapshot(identifier),
};

/** No text that a caller brings becomes part of a statement, whichever filter it comes in by. */
export function testHostileText(subject: StoreSubject): void {
  describe("text that would be SQL", () => {
    test("finds nothing and changes nothing, in any filter of any list", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.createRun(newRun({ plan: planOf(["a", "b"]), tags: ["nightly"] }));
      await queueNode(store, run, "a");
      for (const text of HOSTILE) {
        for (const [name, ask] of Object.entries(QUESTIONS)) expect(await ask(store, text), `${name}: ${text}`).toEqual([]);
        for (const [name, ask] of Object.entries(LOOKUPS)) expect(await ask(store, text), `${name}: ${text}`).toBeUndefined();
      }
      expect(await store.listRuns({ limit: 10 })).toHaveLength(1);
      expect(await store.listExecutions({ limit: 10 })).toHaveLength(1);
    });

    test("is kept as it is where it names something", async () => {
      await using rig = await StoreRig.start(subject);
      for (const text of HOSTILE) {
        const run = await rig.store.createRun(newRun({ plan: planOf(["a"], { name: text }), tags: [text], title: text }));
        const filter = { limit: 10, name: text, tag: text, states: [run.state] };
        expect((await rig.store.listRuns(filter)).map(({ number, title }) => ({ number, title }))).toEqual([
          { number: run.number, title: text },
        ]);
      }
    });

    test.each(HOSTILE)("is refused as a state: %s", async (text) => {
      await using rig = await StoreRig.start(subject);
      const states = [text as RunState];
      const message = `${JSON.stringify(text)} is not a state of a run`;
      await expect(rig.store.listRuns({ limit: 10, states })).rejects.toThrow(message);
      await expect(rig.store.listExecutions({ limit: 10, states })).rejects.toThrow(message);
    });
  });
}
