import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConformanceRig } from "../../conformance-rig.ts";
import { joinFiles, makeGroups, removeGroups } from "./cgroups.ts";
import { detectGroups } from "./detect-limits.ts";

const LIMIT_MB = 400;
const HUNGRY = "python3 -c 'x = bytearray(1000 * 1024 * 1024); print(len(x))'";

// This very process goes into a group with a limit, as that of a container or a service is; what it starts is in it as
// well.
const host = await detectGroups({ memoryMb: 64 });
const enclosure =
  host === undefined ? undefined : makeGroups(host, `headrace-enclosure-${process.pid}`, { memoryMb: LIMIT_MB });
if (enclosure === undefined)
  console.error("SKIPPED: control groups cannot be made here, so nothing can be enclosed in one.");
else for (const file of joinFiles(enclosure)) writeFileSync(file, String(process.pid));

describe.skipIf(enclosure === undefined)("a step of a Headrace that may itself use only so much memory", () => {
  const rig = new ConformanceRig({
    module: new URL("../conformance-subject.ts", import.meta.url),
    variant: "off",
    isolated: false,
  });
  afterAll(async () => {
    await rig.close();
    if (enclosure === undefined) return;
    // Out of it again, to the group that it lies in.
    for (const file of joinFiles(enclosure))
      writeFileSync(join(dirname(dirname(file)), "cgroup.procs"), String(process.pid));
    await removeGroups(enclosure);
  });

  test.each([
    ["without a limit of its own", undefined],
    ["with a higher one", { memoryMaxMb: 2_000 }],
  ])("%s says whose limit it was", async (_, resources) => {
    await rig.open();
    const job = { ...rig.job([HUNGRY]), ...(resources === undefined ? {} : { resources }) };
    expect((await rig.run(job)).end).toEqual({
      kind: "exited",
      exitCode: 137,
      failedCommand: 1,
      reason: `it was killed for want of memory: the container, service or batch job that Headrace runs in may use ${LIMIT_MB} MB`,
      outOfMemory: true,
    });
    await rig.executor.forget(job);
  });

  test("that somebody else killed says nothing of memory", async () => {
    const job = rig.job(["echo ready; sleep 60"]);
    const running = await rig.start(job);
    await rig.logged(job, "ready\n");
    spawnSync("sh", [
      "-c",
      `grep -l -a RIG_MARK=${job.executionId} /proc/[0-9]*/environ | cut -d/ -f3 | xargs kill -9`,
    ]);
    expect(JSON.stringify(await running.ended)).not.toContain("memory");
    await rig.executor.forget(job);
  });
});
