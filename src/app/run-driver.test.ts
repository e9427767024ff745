import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunRecord } from "../store/index.ts";
import type { ProjectLocation } from "./project.ts";
import { driveExclusively, forgetDrivers, ownIdentity, whereaboutsOf } from "./run-driver.ts";

const RUN = { id: "r1", number: 7 } as RunRecord;
let location: ProjectLocation;
let folder: string;

beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), "headrace-driver-"));
  location = { root, configFile: join(root, "valohai.yaml"), stateFolder: join(root, ".headrace") };
  folder = join(location.stateFolder, "drivers");
  mkdirSync(folder, { recursive: true });
});
afterEach(() => rmSync(location.root, { recursive: true, force: true }));

/** Who drove the run and was killed. */
function leaveDead(generation: number, host = hostname()): void {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  symlinkSync(JSON.stringify({ host, pid, bootId: "-", startTime: "1" }), join(folder, `${RUN.id}.${generation}`));
}

const refusal = {
  code: "HR_CONFLICT",
  message: "run 7 is being driven by another process",
  hint: "`headrace logs 7 -f` follows it, `headrace stop 7` stops it",
};

describe("driving a run", () => {
  it("is known to others for as long as it lasts", async () => {
    expect(await whereaboutsOf(location, RUN.id)).toBe("abandoned");
    const driver = await driveExclusively(location, RUN);
    expect([await whereaboutsOf(location, RUN.id), await whereaboutsOf(location, "r")]).toEqual(["driven", "abandoned"]);
    expect(readlinkSync(join(folder, "r1.1"))).toBe(await ownIdentity());
    await driver[Symbol.asyncDispose]();
    expect([await whereaboutsOf(location, RUN.id), readdirSync(folder)]).toEqual(["abandoned", []]);
  });

  it("is refused while a living process does it", async () => {
    await using _driver = await driveExclusively(location, RUN);
    await expect(driveExclusively(location, RUN)).rejects.toMatchObject(refusal);
    expect(readdirSync(folder)).toEqual(["r1.1"]);
  });

  it("takes a dead driver's place, and its file away", async () => {
    leaveDead(3);
    expect(await whereaboutsOf(location, RUN.id)).toBe("abandoned");
    await using _driver = await driveExclusively(location, RUN);
    expect(readdirSync(folder)).toEqual(["r1.4"]);
  });

  it("does not take the place of one on another host, whose life cannot be seen from here", async () => {
    leaveDead(1, "elsewhere");
    expect(await whereaboutsOf(location, RUN.id)).toBe("driven");
    await expect(driveExclusively(location, RUN)).rejects.toMatchObject(refusal);
  });

  it.each([0, 1, 5])("is given to one of many that ask at once after %s dead ones", async (dead) => {
    for (let generation = 1; generation <= dead; generation++) leaveDead(generation);
    const asked = await Promise.allSettled(Array.from({ length: 12 }, () => driveExclusively(location, RUN)));
    expect(asked.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    for (const one of asked) if (one.status === "rejected") expect(one.reason).toMatchObject(refusal);
    for (const one of asked) if (one.status === "fulfilled") await one.value[Symbol.asyncDispose]();
    await using _driver = await driveExclusively(location, RUN);
  });
});

it("forgets the drivers of runs that have ended, and no others", async () => {
  leaveDead(1);
  symlinkSync("{}", join(folder, "r2.1"));
  await forgetDrivers(location, async (runId) => runId === "r2");
  expect(readdirSync(folder)).toEqual(["r1.1"]);
});
