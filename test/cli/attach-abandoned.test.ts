import { expect, test } from "vitest";
import { ProjectRig } from "../rig.ts";

test("attach of a run that nobody drives ends in a script", async () => {
  await using rig = new ProjectRig({
    "valohai.yaml": `- step: { name: s, image: "", command: ["echo ready", "sleep 60"] }`,
  });
  const run = rig.start("run", "s");
  await run.sees("ready\n");
  run.child.kill("SIGKILL");
  await run.result;
  const { code, stdout, stderr } = await rig.headrace("attach", "1");
  expect([code, stderr]).toEqual([1, "no process drives run 1: `headrace resume 1` carries on with it\n"]);
  expect(stdout).toContain(
    "warning: no process drives run 1; `headrace resume 1` or `headrace engine` carries on with it",
  );
  await rig.headrace("stop", "1");
}, 120_000);

test("stop names what it has stopped, and a missing argument is answered with the form of the command", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": `- step: { name: s, image: "", command: echo hello }` });
  await rig.json(0, "run", "s");
  expect((await rig.headrace("stop", "latest")).stdout).toBe("✓ run 1 (s) had ended already (complete)\n");
  expect((await rig.headrace("stop")).stderr).toMatch(
    /hint: write headrace stop <number>; `headrace stop --help` has its options and examples\n$/,
  );
});
