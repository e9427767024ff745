import { describe, expect, test } from "vitest";
import type { ModelEvidence, ModelFacts, NewModelVersion } from "../index.ts";
import type { ProjectStore } from "../project/project-store.ts";
import type { ExecutionEnd } from "../project/requests.ts";
import { newRun, StoreRig, type StoreSubject, startNode } from "./rig.ts";

const WISH = { actor: "user:ann", at: 10 } as const;
const BOB = { actor: "user:bob", at: 20 } as const;
const FACTS: ModelFacts = {
  ...{ run: 1, execution: 2, node: "train", step: "train", commit: "~1" },
  ...{ parameters: { rate: 0.1 }, metrics: { auc: 0.8 }, inputs: [] },
};

function evidence(verdict: ModelEvidence["verdict"], champion?: number): ModelEvidence {
  return { verdict, ...(champion !== undefined && { champion }), rules: [] };
}

async function addFile(store: ProjectStore, content: string): Promise<NewModelVersion["files"][number]> {
  const sha256 = content.padEnd(64, "0");
  const { id } = await store.data.add({ name: content, sizeBytes: 3, sha256, properties: {} }, 1);
  return { name: content, datumId: id };
}

async function newVersion(store: ProjectStore, change: Partial<NewModelVersion> = {}): Promise<NewModelVersion> {
  return { model: "delay", files: [await addFile(store, "a")], tags: [], note: "", facts: FACTS, ...change };
}

async function expectConflict(work: Promise<unknown>, message: string): Promise<void> {
  await expect(work).rejects.toMatchObject({ code: "HR_CONFLICT", message });
}

/** Models and their versions. */
export function testModels(subject: StoreSubject): void {
  describe("models", () => {
    testModelVersions(subject);
    testDecisions(subject);
    testVersionOfExecution(subject);
  });
}

function testModelVersions(subject: StoreSubject): void {
  test("versions are numbered, and each has its files and what was known of it", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const wanted = await newVersion(store, { description: "late?", tags: ["x", "x", "a"], note: "first" });
    const first = await store.models.create(wanted, WISH);
    expect(first).toEqual({
      ...{ id: expect.any(String), modelId: expect.any(String), model: "delay", number: 1, state: "pending" },
      ...{ decisions: 1, fileCount: 1, sizeBytes: 3, actor: "user:ann", note: "first", tags: ["a", "x"] },
      ...{ createdAt: 10, facts: FACTS },
    });
    const second = await store.models.create(await newVersion(store), BOB);
    const model = await store.models.find("delay");
    if (model === undefined) throw new Error("no model");
    expect(model).toMatchObject({ name: "delay", description: "late?", versionCount: 2, latest: { number: 2 } });
    expect((await store.models.list({ limit: 10 })).map(({ name }) => name)).toEqual(["delay"]);
    expect((await store.models.versions(model.id, { limit: 10 })).map(({ number }) => number)).toEqual([2, 1]);
    expect(await store.models.versions(model.id, { before: 2, limit: 10 })).toEqual([first]);
    expect(await store.models.resolve(model, "1")).toEqual(first);
    expect(await store.models.resolve(model, "latest")).toEqual(second);
    expect(await store.models.resolve(model, "9")).toBeUndefined();
    expect(await store.models.files(first.id)).toMatchObject([{ name: "a", sizeBytes: 3 }]);
  });

  test("two that make a version at once get one each", async () => {
    await using rig = await StoreRig.start(subject);
    const other = await rig.open();
    const made = await Promise.all([
      rig.store.models.create(await newVersion(rig.store), WISH),
      other.models.create(await newVersion(rig.store), BOB),
    ]);
    expect(made.map(({ number }) => number).toSorted()).toEqual([1, 2]);
  });
}

function testDecisions(subject: StoreSubject): void {
  test("evidence decides, with the champion of that moment, and a person may overrule it", async () => {
    await using rig = await StoreRig.start(subject);
    const { models, aliases } = rig.store;
    const judge: NewModelVersion["judge"] = (facts, champion) =>
      evidence(facts.metrics.auc === 0.8 ? "approved" : "rejected", champion?.number);
    const first = await models.create(await newVersion(rig.store, { judge }), WISH);
    expect(first.state).toBe("approved");
    const model = { id: first.modelId, name: "delay" };
    await models.moveAlias(model, "champion", { target: first.id, comment: "" }, WISH);
    const worse = { ...FACTS, metrics: { auc: 0.6 } };
    const second = await models.create(await newVersion(rig.store, { judge, facts: worse }), WISH);
    expect(second.state).toBe("rejected");
    expect(await models.resolve(model, "latest")).toMatchObject({ number: 1 });
    await expectConflict(
      models.moveAlias(model, "champion", { target: second.id, comment: "" }, WISH),
      "delay/2 is rejected: champion cannot stand for it",
    );
    await expectConflict(
      models.decide(first.id, { state: "rejected", reason: "old" }, BOB),
      "delay/1 is champion: what reads that would get a rejected version",
    );
    const overruled = await models.decide(second.id, { state: "approved", reason: "a better month", after: 1 }, BOB);
    expect(overruled).toMatchObject({ state: "approved", decisions: 2 });
    expect(await models.decisions(second.id)).toEqual([
      { ordinal: 2, state: "approved", at: 20, actor: "user:bob", reason: "a better month" },
      { ordinal: 1, state: "rejected", at: 10, actor: "user:ann", reason: "", evidence: evidence("rejected", 1) },
    ]);
    await expectConflict(
      models.decide(second.id, { state: "rejected", reason: "", after: 1 }, WISH),
      "somebody decided about delay/2 meanwhile: it is approved now",
    );
    await expectConflict(
      models.decide(second.id, { state: "approved", reason: "" }, WISH),
      "delay/2 is approved already",
    );
    await models.moveAlias(model, "champion", { target: second.id, comment: "" }, BOB);
    expect(await models.resolve(model, "champion")).toMatchObject({ number: 2 });
    const key = { kind: "model", owner: model.id, name: "champion" } as const;
    expect((await aliases.history(key, { limit: 9 })).map(({ target }) => target)).toEqual([second.id, first.id]);
    for (const [name, why] of [
      ["latest", "stands for the newest version by itself"],
      ["3", "is the number of a version"],
    ] as const)
      await expectConflict(
        models.moveAlias(model, name, { target: first.id, comment: "" }, WISH),
        `${name} cannot be an alias of delay: it ${why}`,
      );
  });

  test("of two who decide at once, one is told", async () => {
    await using rig = await StoreRig.start(subject);
    const other = await rig.open();
    const { id } = await rig.store.models.create(await newVersion(rig.store), WISH);
    const decided = await Promise.allSettled([
      rig.store.models.decide(id, { state: "approved", reason: "", after: 1 }, WISH),
      other.models.decide(id, { state: "rejected", reason: "", after: 1 }, BOB),
    ]);
    expect(decided.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await rig.store.models.decisions(id)).toHaveLength(2);
  });
}

function testVersionOfExecution(subject: StoreSubject): void {
  test("the end of an execution makes a version of its outputs, with its metrics, checks and inputs", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const { id, fence, number } = await startNode(store, run, "a");
    const point = { offset: 0, at: 5, values: { auc: 0.9 } };
    await store.metadata.add(id, fence, [point]);
    const output = { id: crypto.randomUUID(), name: "model.pkl", sizeBytes: 7, sha256: "m".repeat(64), properties: {} };
    const checks: ExecutionEnd["checks"] = { at: 6, verdict: "warned", passed: 3, warned: 1, failed: 0, subjects: [] };
    await store.executions.finish(id, fence, {
      ...{ state: "complete", outputs: [output], checks, at: 30 },
      targets: {
        ...{ aliases: [], datasetVersions: [] },
        modelVersions: [
          { model: "delay", tags: [], note: "", files: [{ name: "model.pkl", datumId: output.id }] },
          { model: "other", tags: [], note: "", files: [{ name: "m", datumId: output.id }] },
        ],
      },
    });
    const made = await store.models.madeBy([id]);
    expect(made.map(({ model, number: of }) => [model, of])).toEqual([
      ["delay", 1],
      ["other", 1],
    ]);
    expect(made[0]).toMatchObject({
      ...{ state: "pending", executionId: id, fileCount: 1, sizeBytes: 7 },
      facts: { run: run.number, execution: number, metrics: { auc: 0.9 }, checks: { passed: 3, warned: 1, failed: 0 } },
    });
    expect(await store.datasets.holdersOf([output.id])).toEqual([
      { datumId: output.id, kind: "model-version", name: "delay/1" },
      { datumId: output.id, kind: "model-version", name: "other/1" },
    ]);
  });
}
