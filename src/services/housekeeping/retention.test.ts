import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DAY, GarbageRig, HOUR } from "./fixtures/garbage-rig.ts";
import { clearUpDaily, keepTimes } from "./retention.ts";
import { AUTOMATIC } from "./rules.ts";

const OLD = 1_700_000_000_000;

test("clears up once a day: what nothing refers to after a week, logs after a year, and never a run", async () => {
  await using rig = await GarbageRig.open();
  const { executionId, run } = await rig.run({ at: OLD, outputs: ["kept"] });
  const young = await rig.run({ at: rig.now - 300 * DAY });
  for (const id of [executionId, young.executionId]) {
    mkdirSync(join(rig.project.stateFolder, "executions", id, "logs"), { recursive: true });
    writeFileSync(join(rig.project.stateFolder, "executions", id, "logs", "stdout"), "text");
  }
  await rig.run({ at: rig.now - 2 * DAY });
  await rig.put("leftover");
  const first = await clearUpDaily(rig.withVariables(), rig.store, rig.now);
  expect(first?.removals.map(({ kind, count }) => [kind, count])).toEqual([
    ["blobs", 1],
    ["logs", 1],
  ]);
  expect(await rig.places(["kept", "leftover"])).toEqual({ stored: ["kept"], trash: ["leftover"] });
  expect(await rig.runs()).toContain(run.number);
  await rig.put("another");
  expect(await clearUpDaily(rig.withVariables(), rig.store, rig.now + DAY - HOUR)).toBeUndefined();
});

test("puts old logs aside before they go for good, and brings them back when they are not old after all", async () => {
  await using rig = await GarbageRig.open();
  const { executionId } = await rig.run({ at: rig.now - 20 * DAY });
  await rig.run({ at: rig.now - 2 * DAY });
  const folder = join(rig.project.stateFolder, "executions", executionId);
  mkdirSync(join(folder, "logs"), { recursive: true });
  writeFileSync(join(folder, "logs", "stdout"), "text");
  const clear = async (days: number, keepLogs: string) => {
    const view = await clearUpDaily(
      rig.withVariables({ HEADRACE_KEEP_LOGS: keepLogs }),
      rig.store,
      rig.now + days * DAY,
    );
    return [
      view?.removals.filter(({ kind }) => kind === "logs" || kind === "trash").map(({ kind }) => kind),
      readdirSync(folder),
    ];
  };
  expect(await clear(0, "10d")).toEqual([["logs"], ["logs.discarded"]]);
  expect(await clear(2, "90d")).toEqual([[], ["logs"]]);
  expect(await clear(4, "10d")).toEqual([["logs"], ["logs.discarded"]]);
  expect(await clear(33, "10d")).toEqual([[], ["logs.discarded"]]);
  expect(await clear(36, "10d")).toEqual([["trash"], []]);
});

test("takes one reading of a clock for no proof of age", async () => {
  await using rig = await GarbageRig.open();
  const { executionId } = await rig.run({ at: rig.now - 2 * DAY });
  const logs = join(rig.project.stateFolder, "executions", executionId, "logs");
  mkdirSync(logs, { recursive: true });
  const ahead = rig.now + 730 * DAY;
  await rig.run({ at: ahead });
  expect((await clearUpDaily(rig.withVariables(), rig.store, ahead))?.removals.map(({ kind }) => kind)).not.toContain(
    "logs",
  );
  expect(existsSync(logs)).toBe(true);
  // The clock is right again, and the clearing-up goes on at once.
  expect(await clearUpDaily(rig.withVariables(), rig.store, rig.now)).toBeDefined();
  expect(existsSync(logs)).toBe(true);
});

test("leaves young files alone, and all of them when told to", async () => {
  await using rig = await GarbageRig.open();
  await rig.put("leftover");
  expect(await clearUpDaily(rig.withVariables({ HEADRACE_RETENTION: "off" }), rig.store, rig.now)).toBeUndefined();
  expect(
    (await clearUpDaily(rig.withVariables({ HEADRACE_KEEP_UNREFERENCED: "forever" }), rig.store, rig.now))?.removals,
  ).toEqual([]);
  expect((await rig.places(["leftover"])).trash).toEqual([]);
});

test("does not disturb a run where other records refer to the files", async () => {
  await using rig = await GarbageRig.open();
  await rig.blobs.addOwner({ id: "other", name: "elsewhere" });
  expect(await clearUpDaily(rig.withVariables(), rig.store, rig.now)).toBeUndefined();
});

test.each([
  [{}, AUTOMATIC],
  [{ HEADRACE_KEEP_LOGS: "30d" }, { ...AUTOMATIC, logsMs: 30 * DAY }],
  [
    { HEADRACE_KEEP_LOGS: " forever ", HEADRACE_KEEP_UNREFERENCED: "12h" },
    { ...AUTOMATIC, logsMs: Infinity, unreferencedMs: 12 * HOUR },
  ],
  [{ HEADRACE_RETENTION: "off" }, undefined],
])("times of %j", (env, times) => {
  expect(keepTimes(env)).toEqual(times);
});

test("a time that is none is an error", () => {
  expect(() => keepTimes({ HEADRACE_KEEP_LOGS: "long" })).toThrow(
    'HEADRACE_KEEP_LOGS: "long" is not a duration, such as 90, 30m or 1h 30m',
  );
});
