import { chmodSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256Of } from "../../blobs/index.ts";
import { findSubject } from "../records/refs.ts";
import { GarbageRig } from "./fixtures/garbage-rig.ts";
import { verifyIn } from "./verify-files.ts";

const AT = 1_700_000_000_000;

async function filledRig(): Promise<GarbageRig> {
  const rig = await GarbageRig.open();
  await rig.run({ at: AT, outputs: ["model"], inputs: [{ content: "data" }], code: ["code 1", "code 2"] });
  await rig.run({ at: AT, outputs: ["other"], inputs: [{ content: "model" }], code: ["code 1"] });
  return rig;
}

function pathOf(rig: GarbageRig, content: string): string {
  const sha256 = sha256Of(Buffer.from(content));
  return join(rig.project.stateFolder, "blobs", "sha256", sha256.slice(0, 2), sha256);
}

/** Same length, other bytes. */
function damage(rig: GarbageRig, content: string): void {
  chmodSync(pathOf(rig, content), 0o644);
  writeFileSync(pathOf(rig, content), "!".repeat(content.length));
}

describe("all recorded files", () => {
  test("are counted once each, and fine when they are", async () => {
    await using rig = await filledRig();
    await rig.put("not recorded");
    const progress: number[] = [];
    const all = await verifyIn(rig.blobs, rig.store, undefined, {
      quick: false,
      onProgress: ({ files }) => progress.push(files),
    });
    // model, other, data, two files of code, two lists of them.
    expect(all).toEqual({ quick: false, files: 7, sizeBytes: 5 + 5 + 4 + 6 + 6, problems: [] });
    expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await verifyIn(rig.blobs, rig.store, undefined, { quick: true })).toEqual({ ...all, quick: true });
  });

  test("are told with every place where they stand", async () => {
    await using rig = await filledRig();
    damage(rig, "model");
    rmSync(pathOf(rig, "code 1"));
    const { problems } = await verifyIn(rig.blobs, rig.store, undefined, { quick: false });
    expect(problems).toEqual([
      {
        ...{ sha256: sha256Of(Buffer.from("model")), problem: "damaged", sizeBytes: 5 },
        uses: [
          { kind: "input", run: 3, execution: 4, node: "train", name: "data/model" },
          { kind: "output", run: 1, execution: 2, node: "train", name: "model" },
        ],
      },
      {
        ...{ sha256: sha256Of(Buffer.from("code 1")), problem: "missing", sizeBytes: 6 },
        uses: [
          { kind: "code", run: 3, execution: null, node: null, name: "f0.py" },
          { kind: "code", run: 1, execution: null, node: null, name: "f0.py" },
        ],
      },
    ]);
  });

  test.each([undefined, "1"])("of an attempt that failed are told as well, of %s", async (ref) => {
    await using rig = await GarbageRig.open();
    await rig.run({ at: AT, failed: ["half a model"], outputs: ["model"] });
    damage(rig, "half a model");
    const subject = ref === undefined ? undefined : await findSubject(rig.store, ref);
    const { problems } = await verifyIn(rig.blobs, rig.store, subject, { quick: false });
    expect(problems.map(({ uses }) => uses)).toEqual([
      [{ kind: "output", run: 1, execution: 2, node: "train", name: "half a model" }],
    ]);
  });

  test("that cannot be read, or are no files any more, are told too", async () => {
    await using rig = await filledRig();
    rmSync(pathOf(rig, "data"));
    mkdirSync(pathOf(rig, "data"));
    const { problems } = await verifyIn(rig.blobs, rig.store, undefined, { quick: false });
    expect(problems.map(({ problem, uses }) => [problem, uses.map(({ name }) => name)])).toEqual([
      ["unreadable", ["data/data"]],
    ]);
  });

  test.each([
    ["that are cut short", (path: string) => truncateSync(path, 1), "damaged", "damaged"],
    ["that are gone", (path: string) => rmSync(path), "missing", "missing"],
    ["whose bytes changed", (path: string) => writeFileSync(path, "!!!!!"), undefined, "damaged"],
  ])("%s: what a quick look finds, and what reading finds", async (_, spoil, quick, full) => {
    await using rig = await filledRig();
    chmodSync(pathOf(rig, "model"), 0o644);
    spoil(pathOf(rig, "model"));
    const find = async (isQuick: boolean) =>
      (await verifyIn(rig.blobs, rig.store, undefined, { quick: isQuick })).problems[0]?.problem;
    expect([await find(true), await find(false)]).toEqual([quick, full]);
  });

  test("include the list of a version's files, without which the rest of the code is not known", async () => {
    await using rig = await filledRig();
    const commit = (await rig.store.lists.runs({ limit: 1 })).items[0]?.commit ?? "";
    await rig.blobs.delete(commit.slice(1));
    const { problems } = await verifyIn(rig.blobs, rig.store, undefined, { quick: false });
    expect(problems).toEqual([
      {
        ...{ sha256: commit.slice(1), problem: "missing", sizeBytes: null },
        uses: [{ kind: "code", run: 3, execution: null, node: null, name: "the list of its files" }],
      },
    ]);
  });
});

test.each([
  ["1", 5, ["model"]],
  ["2", 5, ["model"]],
  ["1.train", 5, ["model"]],
  ["3", 4, ["data/model"]],
])("only what %s refers to", async (ref, files, names) => {
  await using rig = await filledRig();
  damage(rig, "model");
  const found = await verifyIn(rig.blobs, rig.store, await findSubject(rig.store, ref), { quick: false });
  expect([found.files, found.problems.flatMap(({ uses }) => uses.map(({ name }) => name))]).toEqual([files, names]);
});
