import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MachineFacts } from "../../../machine/index.ts";
import { ConformanceRig } from "../../conformance-rig.ts";
import type { JobSpec } from "../../executor.ts";
import { lastSetUp } from "../set-up-again.ts";
import { detectGroups } from "./detect-limits.ts";
import { explainEnd, forgetLimits, limitKindOf, limitStep, limitWarning } from "./step-limits.ts";

const HUNGRY = "python3 -c 'x = bytearray(400 * 1024 * 1024); print(len(x))'";
const host = await detectGroups({ cpu: 1, memoryMb: 64 });
if (host === undefined)
  console.error("SKIPPED: control groups cannot be made here, so limits are not tested with real steps.");

describe.skipIf(host === undefined).each(["off", "bubblewrap", "unshare"])("a step with resources (%s)", (variant) => {
  const rig = new ConformanceRig({
    module: new URL("../conformance-subject.ts", import.meta.url),
    variant,
    isolated: variant === "off" ? false : "view",
  });
  beforeAll(() => rig.open());
  afterAll(() => rig.close());

  const limited = (command: string, resources: JobSpec["resources"] = { memoryMaxMb: 100, cpuMax: 1 }): JobSpec => ({
    ...rig.job([command]),
    ...(resources === undefined ? {} : { resources }),
  });
  const groupsOf = (job: JobSpec): readonly string[] => {
    const { groups } = JSON.parse(readFileSync(join(job.folder, "control/limits"), "utf8")) as {
      groups: Record<string, string>;
    };
    return [groups.memory, groups.cpu].filter((folder) => folder !== undefined);
  };

  test("is killed for using more memory, and that is said; then its groups are removed", async () => {
    const job = limited(HUNGRY);
    expect((await rig.prepare(job)).facts.limits).toBe(host?.kind);
    const { end, stdout } = await rig.run(job);
    expect([end, stdout]).toEqual([
      {
        kind: "exited",
        exitCode: 137,
        failedCommand: 1,
        reason: "it was killed for using more than its 100 MB of memory (resources.memory)",
        outOfMemory: true,
      },
      "",
    ]);
    expect(groupsOf(job).map(existsSync)).toEqual([true, true]);
    await rig.executor.forget(job);
    expect(groupsOf(job).map(existsSync)).toEqual([false, false]);
    await rig.executor.forget(job);
  });

  test("is told whose limit it was, where its environment set it", async () => {
    const job = limited(HUNGRY, { memoryMaxMb: 100, memoryMaxOf: "environment" });
    expect((await rig.run(job)).end).toMatchObject({
      reason: "it was killed for using more than its 100 MB of memory (`limits.memory` of its environment)",
    });
    await rig.executor.forget(job);
  });

  test("within its limits ends as any other", async () => {
    const job = limited(HUNGRY, { memoryMaxMb: 2_000, cpuMax: 2 });
    expect((await rig.run(job)).end).toEqual({ kind: "exited", exitCode: 0 });
    await rig.executor.forget(job);
  });

  test("that outlives a child killed for memory is no failure, and one that fails for another reason keeps it", async () => {
    const survivor = limited(`${HUNGRY} || echo went on`);
    expect((await rig.run(survivor)).end).toEqual({ kind: "exited", exitCode: 0 });
    const other = limited("exit 3");
    expect((await rig.run(other)).end).toMatchObject({ kind: "exited", exitCode: 3 });
    for (const job of [survivor, other]) await rig.executor.forget(job);
  });

  test("has an end in words for an engine that adopted it, too", async () => {
    const job = limited(`echo ready; until [ -e go ]; do sleep 0.05; done; ${HUNGRY}`);
    await rig.startElsewhereAndDie(job);
    await rig.logged(job, "ready\n");
    const attached = await rig.executor.attach(job);
    spawnSync("touch", [join(job.folder, "valohai/repository/go")]);
    expect(await attached?.ended).toMatchObject({ exitCode: 137, outOfMemory: true });
    await rig.executor.forget(job);
  });

  test("has its processes counted in the group, and not the wrapper", async () => {
    const job = limited("echo ready; sleep 60");
    const running = await rig.start(job);
    await rig.logged(job, "ready\n");
    const members = groupsOf(job).map((folder) =>
      readFileSync(join(folder, "cgroup.procs"), "utf8").trim().split("\n"),
    );
    const wrapper = readFileSync(join(lastSetUp(join(job.folder, "control")), "pid"), "utf8").split(" ")[0];
    for (const pids of members) expect([pids.length > 1, pids.includes(wrapper ?? "")]).toEqual([true, false]);
    await running.signal("kill");
    await running.ended;
    await rig.executor.forget(job);
  });
});

describe("without control groups", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "headrace-limits-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("each process has so much memory, as ulimit counts it", async () => {
    const [program = "", ...args] = limitStep({ executionId: "1", folder, resources: { memoryMaxMb: 100 } }, undefined);
    const hungry = spawnSync(program, [...args, "sh", "-c", HUNGRY], { encoding: "utf8" });
    expect([hungry.status, hungry.stderr.trim().split("\n").at(-1)]).toEqual([1, "MemoryError"]);
    expect(spawnSync(program, [...args, "sh", "-c", "ulimit -d"], { encoding: "utf8" }).stdout).toBe("102400\n");
    const end = { kind: "exited", exitCode: 1 } as const;
    expect(explainEnd(folder, end, { machine: new MachineFacts(), before: {} })).toBe(end);
    await forgetLimits(folder);
  });

  test.each([
    [undefined, []],
    [{ cpuMin: 2, memoryMinMb: 100 }, []],
    [{ cpuMax: 2 }, []],
  ])("nothing stands before the command with %j", (resources, expected) => {
    expect(
      limitStep({ executionId: "1", folder, ...(resources === undefined ? {} : { resources }) }, undefined),
    ).toEqual(expected);
  });

  test("that is said", () => {
    const why = "this machine has no control groups that Headrace may use";
    expect(limitKindOf(undefined, { cpu: 1 })).toBe("none");
    expect(limitWarning("none", { cpu: 1 })).toBe(`the resources of steps are not enforced: ${why}`);
    expect(limitWarning("rlimit", { memoryMb: 1 })).toBe(
      `the memory of steps is limited for each of their processes only: ${why}`,
    );
    expect(limitWarning("rlimit", { memoryMb: 1, cpu: 1 })).toBe(
      `the memory of steps is limited for each of their processes only, and their processors are not: ${why}`,
    );
    expect(limitWarning("cgroup2", { memoryMb: 1 })).toBeUndefined();
  });
});
