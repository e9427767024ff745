import { afterAll, expect, test } from "vitest";
import { SlurmRig } from "./fixtures/slurm-rig.ts";
import { startSlurm } from "./fixtures/start-slurm.ts";

// It takes no cgroups to watch the memory of jobs, only to enclose them.
const cluster = await startSlurm({
  configuration: [
    "JobAcctGatherType=jobacct_gather/linux",
    "JobAcctGatherFrequency=task=1",
    "JobAcctGatherParams=OverMemoryKill",
  ],
});
const rig = new SlurmRig(cluster);
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

test("a job that takes more memory than it asked for says so", async () => {
  const command = ["#!/usr/bin/env python3", "import time", "data = bytearray(300_000_000)", "time.sleep(600)"];
  expect(await rig.run(command, { resources: { memoryMaxMb: 50 } })).toEqual({
    kind: "signalled",
    signal: "SIGKILL",
    reason: expect.stringMatching(
      /^Slurm job 1 on n[12] needed more memory than Slurm gave it; raise the step's resources.memory$/,
    ),
    outOfMemory: true,
  });
});
