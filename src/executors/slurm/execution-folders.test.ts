import { expect, test } from "vitest";
import { slurmExecutions } from "./execution-folders.ts";

test.each(["/shared/work", "/shared/work/", "/shared/work//"])("a folder below %s", (workFolder) => {
  expect(slurmExecutions({ workFolder })).toBe("/shared/work/executions");
});
