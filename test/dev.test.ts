import { expect, test } from "vitest";
import type { RunView } from "../src/app/index.ts";
import { ProjectRig } from "./rig.ts";

const YAML = `
- step:
    name: train
    image: ""
    command: sh train.sh
    inputs: [{ name: data, default: data.txt }]
`;

test("dev runs the step, runs it again after each save, stops a run that a save has outdated, and ends with Ctrl-C", async () => {
  await using rig = new ProjectRig({
    "valohai.yaml": YAML,
    "train.sh": `echo '{"loss": 3}'; cat /valohai/inputs/data/data.txt`,
    "data.txt": "first\n",
    ".gitignore": "*.log\n",
  });
  await rig.json(0, "run", "train");
  rig.write("data.txt", "not read any more\n");
  const dev = rig.start("dev", "train", "--from", "latest", "--tag", "mine");
  await dev.sees("waiting for a save…");
  await dev.sees("  loss 3\n");
  rig.write("train.sh", "sleep 300");
  await dev.sees("started (#6)");
  rig.write("train.sh", `echo '{"loss": 2}'; cat /valohai/inputs/data/data.txt`);
  await dev.sees("  loss 2 was 3\n");
  dev.child.kill("SIGINT");
  expect((await dev.result).code).toBe(0);
  const runs = await rig.json<readonly RunView[]>(0, "ls", "--tag", "dev");
  expect(runs.map(({ number, state, tags }) => [number, state, tags])).toEqual([
    [7, "complete", ["dev", "mine"]],
    [5, "stopped", ["dev", "mine"]],
    [3, "complete", ["dev", "mine"]],
  ]);
  expect((await rig.headrace("logs", "7")).stdout).toBe('{"loss": 2}\nfirst\n');
}, 120_000);

test("dev says what is wrong, and goes on after the next save", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": YAML, "train.sh": "echo one", "data.txt": "" });
  await rig.json(0, "run", "train");
  rig.write("valohai.yaml", "- step: {");
  const dev = rig.start("dev", "train", "--from", "1");
  await dev.sees("waiting for a save…");
  rig.write("valohai.yaml", YAML);
  await dev.sees("train #4 complete");
  dev.child.kill("SIGINT");
  const { code, stderr } = await dev.result;
  expect([code, stderr]).toEqual([0, expect.stringContaining("[HR_CONFIG_INVALID]")]);
}, 120_000);

test.each([
  [["dev"], "missing required argument 'step'"],
  [["dev", "train"], "nothing has run in this project yet"],
  [["dev", "train", "--json"], "dev has no end, and so no JSON"],
])("dev refuses: headrace %j", async (call, message) => {
  await using rig = new ProjectRig({ "valohai.yaml": YAML });
  const result = await rig.headrace(...call);
  expect(result.code).toBe(2);
  expect(result.stdout + result.stderr).toContain(message);
});

test("dev ends at once for a step that the earlier run does not have", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": YAML, "train.sh": "echo one", "data.txt": "" });
  await rig.json(0, "run", "train");
  const { code, stderr } = await rig.headrace("dev", "trian");
  expect([code, stderr]).toEqual([2, expect.stringContaining("run 1 (train) has no execution of trian [HR_NOT_FOUND]")]);
}, 60_000);
