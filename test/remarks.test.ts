import { expect, test } from "vitest";
import type { ExecutionView, RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const YAML = `- step:
    name: s
    image: ""
    command: mkfifo $VH_OUTPUTS_DIR/pipe
    environment-variable-groups: [secrets]
`;

test("warnings of a run and its steps are kept, and every process sees them", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": YAML });
  const shown = await rig.headrace("run", "s");
  const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "1");
  const { execution } = await rig.json<{ readonly execution: ExecutionView }>(0, "info", "2");
  const [ofPlan, ofStep] = ["no group of variables", "pipe"].map((text) => expect.stringContaining(text));
  expect(execution.warnings).toEqual([ofStep]);
  const [warning = ""] = execution.warnings;
  expect(run.warnings).toEqual([ofPlan, `s: ${warning}`]);
  for (const said of [shown.stdout, (await rig.headrace("attach", "1")).stdout]) {
    expect(said).toContain(`warning: ${warning}`);
    expect(said).toContain(`warning: ${run.warnings[0]}`);
  }
  for (const number of ["1", "2"])
    expect((await rig.headrace("info", number)).stdout.replaceAll(/\s+/g, " ")).toContain(warning);
});
