import { describe, expect, test } from "vitest";
import type { JobResources, JobSpec } from "../executor.ts";
import { slurmFiles } from "./slurm-files.ts";
import { resourceOptions, sbatchOptions } from "./submission.ts";

const JOB: JobSpec = {
  executionId: "01-a",
  folder: "/w/executions/01-a",
  command: ["true"],
  image: "",
  environment: {},
};
const SETTINGS = { workFolder: "/w", options: [], pollS: 2 };

describe("the options of sbatch", () => {
  test("for a step that says nothing", () => {
    expect(sbatchOptions(SETTINGS, JOB, slurmFiles("/w/50%/control"))).toEqual([
      "--parsable",
      "--job-name=headrace-01-a",
      "--no-requeue",
      "--export=ALL",
      "--chdir=/w/50%/control",
      "--input=/dev/null",
      "--output=/w/50%%/control/batch.log",
      "--open-mode=append",
      "--nodes=1",
      "--ntasks=1",
    ]);
  });

  test("for one that says all, and a site that has the last word", () => {
    const job: JobSpec = {
      ...JOB,
      timeLimitS: 3_601,
      resources: { cpuMax: 4, memoryMaxMb: 2_000 },
      labels: { project: "flights|x", step: "train\n", executionNumber: 12, creator: "ada" },
    };
    const settings = {
      ...SETTINGS,
      partition: "gpu",
      account: "ml",
      qos: "high",
      constraint: "a100&nvme",
      options: ["--exclusive", "--time=10"],
    };
    expect(sbatchOptions(settings, job, slurmFiles("/c")).slice(2)).toEqual([
      "--comment=flights x: train  #12 by ada",
      "--no-requeue",
      "--export=ALL",
      "--chdir=/c",
      "--input=/dev/null",
      "--output=/c/batch.log",
      "--open-mode=append",
      "--nodes=1",
      "--ntasks=1",
      "--partition=gpu",
      "--account=ml",
      "--qos=high",
      "--constraint=a100&nvme",
      "--cpus-per-task=4",
      "--mem=2000M",
      "--time=66",
      "--exclusive",
      "--time=10",
    ]);
  });
});

test.each<[string, JobResources, readonly string[]]>([
  ["nothing", {}, []],
  ["half a processor is one", { cpuMax: 0.5 }, ["--cpus-per-task=1"]],
  [
    "the upper bound",
    { cpuMin: 1, cpuMax: 2.5, memoryMinMb: 100, memoryMaxMb: 200 },
    ["--cpus-per-task=3", "--mem=200M"],
  ],
  ["the lower where there is no other", { cpuMin: 2, memoryMinMb: 100.5 }, ["--cpus-per-task=2", "--mem=101M"]],
  ["devices", { devices: { "nvidia.com/gpu": 2, "example.com/fpga": 1, "amd.com/gpu": 0 } }, ["--gres=gpu:2,fpga:1"]],
  ["devices in Slurm's own words", { devices: { "gpu:a100": 1 } }, ["--gres=gpu:a100:1"]],
])("resources: %s", (_, resources, expected) => {
  expect(resourceOptions(resources)).toEqual(expected);
});
