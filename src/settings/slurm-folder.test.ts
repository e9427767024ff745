import { expect, test } from "vitest";
import { slurmExecutionFolder } from "./slurm-folder.ts";

test.each(["/shared/work", "/shared/work/", "/shared/work//"])("a folder below %s", (workFolder) => {
  expect(slurmExecutionFolder({ workFolder }, "01-a")).toBe("/shared/work/executions/01-a");
});
