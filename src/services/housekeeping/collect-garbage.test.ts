import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256Of } from "../../blobs/index.ts";
import { identify } from "../../machine/index.ts";
import { isoTime } from "../records/view-of.ts";
import { DAY, GarbageRig, HOUR } from "./fixtures/garbage-rig.ts";
import { ASKED } from "./rules.ts";

const OLD = 1_700_000_000_000;
const ALL = { tagged: false, keepLast: 0 };

describe("what nothing refers to", () => {
  test("goes to the trash, and a day later for good", async () => {
    await using rig = await GarbageRig.open();
    await rig.run({ at: OLD, outputs: ["model"], inputs: [{ content: "data" }], code: ["print()"] });
    await rig.put("leftover");
    const contents = ["model", "data", "print()", "leftover"];
    const dry = await rig.collect({ apply: false });
    expect(dry).toEqual({
      applied: false,
      removals: [{ kind: "blobs", count: 1, sizeBytes: 8 }],
      ...{ runs: [], heldRuns: [], unfinishedRuns: [], unreadableSnapshots: [], waitingBytes: 0, excessBytes: 0 },
    });
    expect((await rig.places(contents)).trash).toEqual([]);
    expect(await rig.collect()).toEqual({ ...dry, applied: true });
    expect(await rig.places(contents)).toEqual({ stored: ["data", "model", "print()"], trash: ["leftover"] });
    rig.now += DAY - HOUR;
    expect((await rig.collect()).removals).toEqual([]);
    rig.now += 2 * HOUR;
    expect((await rig.collect()).removals).toEqual([{ kind: "trash", count: 1, sizeBytes: 8 }]);
    expect(await rig.places(contents)).toEqual({ stored: ["data", "model", "print()"], trash: [] });
  });

  test("stays while it is young", async () => {
    await using rig = await GarbageRig.open();
    await rig.put("just stored, not yet recorded");
    rig.now = Date.now() + HOUR - 60_000;
    expect((await rig.collect()).removals).toEqual([]);
    rig.now += 120_000;
    expect((await rig.collect()).removals).toEqual([{ kind: "blobs", count: 1, sizeBytes: 29 }]);
  });

  test("stays while a run goes on that was there before it", async () => {
    await using rig = await GarbageRig.open();
    const { run } = await rig.run({ at: Date.now(), isUnfinished: true });
    await rig.put("stored by the run, whose engine is dead");
    expect(await rig.collect()).toMatchObject({ removals: [], unfinishedRuns: [run.number] });
  });

  test("stays in the trash while a run goes on that may have found it before", async () => {
    await using rig = await GarbageRig.open();
    await rig.put("x");
    rig.now = Date.now() + 2 * HOUR;
    await rig.collect();
    await rig.run({ at: rig.now - HOUR, isUnfinished: true });
    rig.now += 30 * DAY;
    expect((await rig.collect()).removals).toEqual([]);
    expect((await rig.places(["x"])).trash).toEqual(["x"]);
  });

  test("comes back from the trash when a record refers to it after all", async () => {
    await using rig = await GarbageRig.open();
    const sha256 = await rig.put("found by a writer");
    await rig.collect();
    await rig.store.data.add({ name: "x", sha256, sizeBytes: 17, uri: "file:///x", properties: {} }, rig.now);
    rig.now += 2 * DAY;
    await rig.collect();
    expect(await rig.places(["found by a writer"])).toEqual({ stored: ["found by a writer"], trash: [] });
  });
});

describe("when the space is wanted at once", () => {
  test("the trash is emptied where nobody works on the project", async () => {
    await using rig = await GarbageRig.open();
    await rig.run({ at: OLD, outputs: ["kept"] });
    await rig.put("leftover");
    const { removals } = await rig.collect({ atOnce: true });
    expect(removals).toEqual([
      { kind: "blobs", count: 1, sizeBytes: 8 },
      { kind: "trash", count: 1, sizeBytes: 8 },
    ]);
    expect(await rig.places(["kept", "leftover"])).toEqual({ stored: ["kept"], trash: [] });
  });

  test.each([
    ["lives here", hostname(), undefined, ["leftover"]],
    ["has died here", hostname(), { pid: 999_999_999, bootId: "b", startTime: "1" }, []],
    ["lives elsewhere", "elsewhere", { pid: 1, bootId: "b", startTime: "1" }, ["leftover"]],
  ])("and not while an engine %s", async (_, host, other, trash) => {
    await using rig = await GarbageRig.open();
    await rig.put("leftover");
    const found = other ?? (await identify(process.pid)) ?? { pid: process.pid, bootId: "-", startTime: "-" };
    const identity = { host, processSpace: "-", stateFolder: rig.project.stateFolder, ...found };
    await rig.store.engines.add({ id: "e", pool: "", host, identity, at: rig.now });
    await rig.collect({ atOnce: true });
    expect((await rig.places(["leftover"])).trash).toEqual(trash);
  });

  test("and what was recorded in the last moment is put back", async () => {
    await using rig = await GarbageRig.open();
    const sha256 = await rig.put("in time");
    const { store } = rig;
    // The writer records at the moment when it is asked whether anybody works, and leaves.
    const list = async () => {
      await store.data.add({ name: "x", sha256, sizeBytes: 7, uri: "file:///x", properties: {} }, rig.now);
      return await store.engines.list();
    };
    await rig.collect({ atOnce: true, store: { ...store, engines: { ...store.engines, list } } });
    expect(await rig.places(["in time"])).toEqual({ stored: ["in time"], trash: [] });
  });
});

describe("runs", () => {
  test.each<[string, Parameters<GarbageRig["collect"]>[0], readonly number[]]>([
    ["stay without a rule", {}, [1, 3, 5, 7]],
    ["go by age", { rules: { tagged: false, olderThanMs: 100 * DAY } }, [3, 5, 7]],
    ["go by count, for each name", { rules: { tagged: false, keepLast: 1 } }, [3, 5, 7]],
    ["go by both", { rules: { tagged: false, keepLast: 1, olderThanMs: 1e15 } }, [1, 3, 5, 7]],
    ["go by name", { rules: { ...ALL, name: "weekly" } }, [1, 3, 5]],
    ["with tags stay", { rules: ALL }, [3]],
    ["with tags go when asked", { rules: { ...ALL, tagged: true } }, []],
    ["go by size, the oldest first", { rules: { tagged: false, maxBytes: 30 } }, [3, 5, 7]],
  ])("%s", async (_, change, left) => {
    await using rig = await GarbageRig.open();
    await rig.run({ at: rig.now - 300 * DAY, outputs: ["1".repeat(10)] });
    await rig.run({ at: rig.now - 90 * DAY, tags: ["keep"], outputs: ["2".repeat(10)] });
    await rig.run({ at: rig.now - 80 * DAY, outputs: ["3".repeat(10)] });
    await rig.run({ at: rig.now - 70 * DAY, outputs: ["4".repeat(10)], name: "weekly" });
    const dry = await rig.collect({ ...change, apply: false });
    const applied = await rig.collect(change);
    expect({ ...applied, applied: false }).toEqual(dry);
    expect(await rig.runs()).toEqual(left);
  });

  test("go with everything that only they need, and leave what others need", async () => {
    await using rig = await GarbageRig.open();
    const { run } = await rig.run({
      at: OLD,
      outputs: ["own", "shared"],
      inputs: [{ content: "in" }],
      code: ["a.py", "b.py"],
    });
    await rig.run({ at: OLD, tags: ["t"], outputs: ["shared"], inputs: [{ content: "kept" }], code: ["a.py"] });
    expect(await rig.collect({ rules: ALL })).toEqual({
      applied: true,
      removals: [
        { kind: "runs", count: 1, sizeBytes: 0 },
        { kind: "snapshots", count: 1, sizeBytes: 0 },
        { kind: "blobs", count: 4, sizeBytes: expect.any(Number) },
      ],
      runs: [{ number: run.number, name: "daily", state: "complete", createdAt: isoTime(OLD) }],
      ...{ heldRuns: [], unfinishedRuns: [], unreadableSnapshots: [], waitingBytes: 0, excessBytes: 0 },
    });
    expect(await rig.places(["own", "shared", "in", "kept", "a.py", "b.py"])).toEqual({
      stored: ["a.py", "kept", "shared"],
      trash: ["b.py", "in", "own"],
    });
    expect(await rig.store.runs.get(run.id)).toBeUndefined();
  });

  test("stay as long as a run that took their results stays", async () => {
    await using rig = await GarbageRig.open();
    const source = await rig.run({ at: OLD, outputs: ["result"] });
    await rig.run({ at: OLD, tags: ["t"], reuses: [source.executionId] });
    expect((await rig.collect({ rules: ALL })).runs).toEqual([]);
    expect(await rig.store.housekeeping.deleteRun(source.run.id, { actor: "local:me", at: 1 })).toBe(false);
    expect((await rig.collect({ rules: { ...ALL, tagged: true } })).runs.map(({ number }) => number)).toEqual([3, 1]);
    expect(await rig.runs()).toEqual([]);
  });

  test("stay when the configuration or a run under way names one of their files", async () => {
    await using rig = await GarbageRig.open();
    const first = await rig.run({ at: OLD, outputs: ["named in the file"] });
    const second = await rig.run({ at: OLD, outputs: ["named in a plan"] });
    await rig.run({ at: OLD, outputs: ["free"] });
    const datumOf = async (id: string) => (await rig.store.data.listOutputs(id))[0]?.id;
    await rig.run({ at: OLD, isUnfinished: true, names: [`datum://${await datumOf(second.executionId)}`] });
    await rig.collect({ rules: ALL, configuration: `default: 'datum://${await datumOf(first.executionId)}'` });
    expect(await rig.runs()).toEqual([1, 3, 7]);
  });

  test("that have not ended stay, whatever the rules say", async () => {
    await using rig = await GarbageRig.open();
    const { run } = await rig.run({ at: OLD, isUnfinished: true, outputs: ["half"] });
    const result = await rig.collect({ rules: { tagged: true, keepLast: 0, maxBytes: 0 } });
    expect(result).toMatchObject({ runs: [], unfinishedRuns: [run.number], excessBytes: 4 });
    expect(await rig.store.housekeeping.deleteRun(run.id, { actor: "local:me", at: 1 })).toBe(false);
  });
});

test("records of downloads go when no run received them", async () => {
  await using rig = await GarbageRig.open();
  const add = async (content: string) =>
    await rig.store.data.add(
      { name: content, sha256: await rig.put(content), sizeBytes: 1, uri: `https://x/${content}`, properties: {} },
      OLD,
    );
  const received = await add("received");
  await add("unused");
  await rig.run({ at: OLD, inputs: [{ content: "received", datumId: received.id }] });
  expect((await rig.collect()).removals).toEqual([
    { kind: "fetched", count: 1, sizeBytes: 0 },
    { kind: "blobs", count: 1, sizeBytes: 6 },
  ]);
  expect(await rig.store.data.findByUri("https://x/unused")).toBeUndefined();
  expect(await rig.store.data.findByUri("https://x/received")).toEqual(received);
});

test("nothing is removed from the store when a list of files cannot be read", async () => {
  await using rig = await GarbageRig.open();
  const { run } = await rig.run({ at: OLD, code: ["a.py"] });
  await rig.put("leftover");
  const manifest = run.commit.slice(1);
  await rig.blobs.delete(manifest);
  const result = await rig.collect();
  expect(result).toMatchObject({ removals: [], unreadableSnapshots: [manifest] });
  expect(await rig.places(["a.py", "leftover"])).toEqual({ stored: ["a.py", "leftover"], trash: [] });
});

describe("where more than one database refers to the files", () => {
  test("it is refused for stored files", async () => {
    await using rig = await GarbageRig.open();
    await rig.blobs.addOwner({ id: "other", name: "postgres://db/headrace" });
    await expect(rig.collect()).rejects.toMatchObject({
      code: "HR_CONFLICT",
      message: "the stored files also belong to the records of postgres://db/headrace",
      hint: "clear up with those records (HEADRACE_DATABASE_URL names them); if they no longer exist, delete owners/other beside the stored files",
    });
  });

  test("one that comes while the files are looked through finds them in the trash", async () => {
    await using rig = await GarbageRig.open();
    await rig.put("leftover");
    const { blobs, store } = rig;
    const list = async () => {
      await blobs.addOwner({ id: "other", name: "postgres://db/headrace" });
      return await store.engines.list();
    };
    await rig.collect({ atOnce: true, store: { ...store, engines: { ...store.engines, list } } });
    expect(await rig.places(["leftover"])).toEqual({ stored: [], trash: ["leftover"] });
  });

  test("it is refused for the state folder", async () => {
    await using rig = await GarbageRig.open();
    mkdirSync(join(rig.project.stateFolder, "owners"));
    writeFileSync(join(rig.project.stateFolder, "owners", "other"), "postgres://db/headrace\n");
    await expect(rig.collect()).rejects.toMatchObject({
      code: "HR_CONFLICT",
      message: "the state folder also belongs to the records of postgres://db/headrace",
    });
  });
});

test("one process clears up at a time, and a dead one does not count", async () => {
  await using rig = await GarbageRig.open();
  const file = join(rig.project.stateFolder, "housekeeping");
  symlinkSync("elsewhere~boot~1~1", file);
  await expect(rig.collect()).rejects.toMatchObject({
    code: "HR_CONFLICT",
    message: "another process is clearing up in this project",
    hint: `wait until it is done; if none is, remove ${file}`,
  });
});

test("records of engines that died long ago go, and those of the living stay", async () => {
  await using rig = await GarbageRig.open();
  const own = (await identify(process.pid)) ?? { pid: process.pid, bootId: "-", startTime: "-" };
  const { stateFolder } = rig.project;
  const add = async (id: string, host: string, at: number, found: typeof own) =>
    await rig.store.engines.add({
      id,
      pool: "",
      host,
      identity: { host, processSpace: "-", stateFolder, ...found },
      at,
    });
  await add("lives", hostname(), OLD, own);
  await add("dead", hostname(), OLD, { pid: 999_999_999, bootId: "b", startTime: "1" });
  await add("long gone elsewhere", "elsewhere", OLD, { pid: 1, bootId: "b", startTime: "1" });
  await add("heard of elsewhere", "elsewhere", rig.now - DAY, { pid: 1, bootId: "b", startTime: "1" });
  expect((await rig.collect()).removals).toEqual([{ kind: "engines", count: 2, sizeBytes: 0 }]);
  expect((await rig.store.engines.list()).map(({ id }) => id)).toEqual(["lives", "heard of elsewhere"]);
});

describe("folders", () => {
  test("of executions that are no longer recorded go, others stay, links are not followed", async () => {
    await using rig = await GarbageRig.open();
    const { run, executionId } = await rig.run({ at: OLD });
    const kept = await rig.run({ at: OLD, tags: ["t"] });
    const executions = join(rig.project.stateFolder, "executions");
    const unknown = "00000000-0000-7000-8000-000000000000";
    for (const name of [executionId, kept.executionId, unknown, "notes of mine"]) {
      mkdirSync(join(executions, name, "logs"), { recursive: true });
      writeFileSync(join(executions, name, "logs", "stdout"), "x".repeat(5000));
    }
    mkdirSync(join(rig.project.origin.codeFolder, "mine"));
    symlinkSync(join(rig.project.origin.codeFolder, "mine"), join(executions, "00000000-0000-7000-8000-000000000001"));
    symlinkSync(join(rig.project.origin.codeFolder, "mine"), join(executions, unknown, "link\n\u001b[31m"));
    const result = await rig.collect({ rules: ALL });
    expect(result.runs.map(({ number }) => number)).toEqual([run.number]);
    expect(result.removals.find(({ kind }) => kind === "folders")).toMatchObject({ count: 2 });
    expect(rig.executionFolders()).toEqual(
      ["00000000-0000-7000-8000-000000000001", kept.executionId, "notes of mine"].sort(),
    );
    expect((await rig.collect({ rules: ALL })).removals).toEqual([]);
  });

  test("lose their logs and leftovers by rule only", async () => {
    await using rig = await GarbageRig.open();
    const { executionId } = await rig.run({ at: rig.now - 10 * DAY });
    const folder = join(rig.project.stateFolder, "executions", executionId);
    mkdirSync(join(folder, "valohai", "outputs"), { recursive: true });
    mkdirSync(join(folder, "logs"));
    writeFileSync(join(folder, "valohai", "outputs", "refused"), "x");
    expect((await rig.collect()).removals).toEqual([]);
    expect((await rig.collect({ keep: { ...ASKED, logsMs: 11 * DAY, leftoversMs: 11 * DAY } })).removals).toEqual([]);
    const result = await rig.collect({ keep: { ...ASKED, logsMs: 9 * DAY, leftoversMs: 0 } });
    expect(result.removals.map(({ kind, count }) => [kind, count])).toEqual([
      ["logs", 1],
      ["leftovers", 1],
    ]);
  });

  test("that stand in a cluster's work folder go with their runs, and by rule; what is another installation's stays", async () => {
    await using rig = await GarbageRig.open();
    const removed = await rig.run({ at: OLD });
    const kept = await rig.run({ at: OLD, tags: ["t"] });
    const work = join(rig.project.origin.codeFolder, "work");
    const foreign = "00000000-0000-7000-8000-000000000000";
    for (const id of [removed.executionId, kept.executionId, foreign]) {
      mkdirSync(join(work, id, "logs"), { recursive: true });
      writeFileSync(join(work, id, "logs", "stdout"), "x");
    }
    const request = {
      rules: ALL,
      sharedFolders: [work, join(rig.project.origin.codeFolder, "not there")],
      keep: { ...ASKED, logsMs: DAY },
    };
    const counts = (view: Awaited<ReturnType<typeof rig.collect>>): unknown =>
      view.removals.flatMap(({ kind, count }) => (kind === "folders" || kind === "logs" ? [[kind, count]] : [])).sort();
    const expected = [
      ["folders", 1],
      ["logs", 1],
    ];
    expect(counts(await rig.collect({ ...request, apply: false }))).toEqual(expected);
    expect(readdirSync(work)).toHaveLength(3);
    expect(counts(await rig.collect(request))).toEqual(expected);
    expect(readdirSync(work).sort()).toEqual([foreign, kept.executionId].sort());
    expect([readdirSync(join(work, kept.executionId)), readdirSync(join(work, foreign))]).toEqual([[], ["logs"]]);
  });

  test("of Python environments go when nothing used them for long and nothing runs", async () => {
    await using rig = await GarbageRig.open();
    const environments = join(rig.project.stateFolder, "environments");
    for (const name of ["a".repeat(64), "lib"]) mkdirSync(join(environments, name), { recursive: true });
    writeFileSync(join(environments, `${"a".repeat(64)}.log`), "built");
    await rig.run({ at: rig.now - HOUR, isUnfinished: true });
    expect((await rig.collect()).removals).toEqual([]);
    const [run] = (await rig.store.lists.runs({ limit: 1 })).items;
    await rig.store.runs.setState(run?.id ?? "", { state: "stopped", at: rig.now });
    expect((await rig.collect()).removals.map(({ kind, count }) => [kind, count])).toEqual([["environments", 1]]);
  });
});

test("whatever the state of the records: nothing that is kept refers to a file that is gone", async () => {
  const contents = fc.subarray(["a", "b", "c", "d", "e", "f"]);
  const made = fc.record({
    ageDays: fc.integer({ min: 0, max: 400 }),
    ...{ outputs: contents, inputs: contents, code: contents },
    tags: fc.subarray(["t"]),
    isUnfinished: fc.boolean(),
    reuse: fc.option(fc.nat(5), { nil: undefined }),
  });
  const rules = fc.record(
    {
      tagged: fc.boolean(),
      olderThanMs: fc.integer({ min: 0, max: 400 * DAY }),
      keepLast: fc.nat(3),
      maxBytes: fc.nat(8),
    },
    { requiredKeys: ["tagged"] },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(made, { maxLength: 6 }),
      fc.array(rules, { minLength: 1, maxLength: 3 }),
      contents,
      async (runs, rounds, loose) => {
        await using rig = await GarbageRig.open();
        const executions: string[] = [];
        const start = rig.now;
        for (const { ageDays, inputs, reuse, isUnfinished, ...rest } of runs) {
          const source = reuse === undefined ? undefined : executions[reuse];
          const one = await rig.run({
            ...{ ...rest, isUnfinished, at: start - ageDays * DAY, inputs: inputs.map((content) => ({ content })) },
            ...(source === undefined ? {} : { reuses: [source] }),
          });
          if (!isUnfinished) executions.push(one.executionId);
        }
        for (const content of loose) await rig.put(content);
        for (const chosen of rounds) {
          await rig.collect({ rules: chosen });
          rig.now += 2 * DAY;
        }
        const needed = new Set<string>();
        for (const run of (await rig.store.lists.runs({ limit: 100 })).items) {
          const snapshot = await rig.store.snapshots.get(run.commit);
          expect(snapshot).toBeDefined();
          const manifest = Buffer.from(await rig.blobs.readBytes(snapshot?.manifestSha256 ?? "")).toString();
          for (const [sha256] of manifest.matchAll(/[0-9a-f]{64}/g)) needed.add(sha256);
          for (const { executionId, state } of await rig.store.nodes.list(run.id)) {
            if (executionId === undefined) {
              expect(state).not.toBe("complete");
              continue;
            }
            for (const file of await rig.store.data.listInputFiles(executionId)) needed.add(file.sha256);
            for (const file of await rig.store.data.listOutputs(executionId)) needed.add(file.sha256);
          }
        }
        const stored = new Set((await Array.fromAsync(rig.blobs.list())).map(({ sha256 }) => sha256));
        expect([...needed].filter((sha256) => !stored.has(sha256))).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
});

test("a writer that stores, looks and records while it is cleared up without end loses nothing", async () => {
  await using rig = await GarbageRig.open();
  // Half an hour passes with every sweep, and everything is old from the beginning: nothing is protected by its age.
  let isWriting = true;
  // A half-written file is new by the real clock, and ancient by the rig's.
  const blobs = new Proxy(rig.blobs, {
    get: (target, key) => {
      const member: unknown = key === "removeStale" ? undefined : Reflect.get(target, key);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  const sweeping = (async () => {
    while (isWriting) {
      await rig.collect({ blobs });
      rig.now += HOUR / 2;
    }
  })();
  const recorded: string[] = [];
  for (let n = 0; n < 60; n += 1) {
    const content = `content ${n % 7}`;
    const sha256 = sha256Of(Buffer.from(content));
    if (!(await rig.blobs.has(sha256))) await rig.put(content);
    await rig.store.data.add(
      { name: content, sha256, sizeBytes: content.length, uri: `file:///${n}`, properties: {} },
      rig.now,
    );
    recorded.push(sha256);
  }
  isWriting = false;
  await sweeping;
  for (const sha256 of recorded) expect(await rig.blobs.verify(sha256)).toBe("ok");
});

test("two thousand stored files are looked through", async () => {
  await using rig = await GarbageRig.open();
  const folder = join(rig.project.stateFolder, "blobs", "sha256");
  for (let n = 0; n < 2_000; n += 1) {
    const sha256 = sha256Of(Buffer.from(String(n)));
    if (n < 256) mkdirSync(join(folder, n.toString(16).padStart(2, "0")), { recursive: true });
    mkdirSync(join(folder, sha256.slice(0, 2)), { recursive: true });
    writeFileSync(join(folder, sha256.slice(0, 2), sha256), String(n));
  }
  expect((await rig.collect({ apply: false })).removals[0]).toMatchObject({ kind: "blobs", count: 2_000 });
});
