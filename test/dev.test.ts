import { spawn } from "node:child_process";
import { appendFileSync, openSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { RunView } from "../src/api/index.ts";
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
});

test("dev says what is wrong, and goes on after the next save", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": YAML, "train.sh": "echo one", "data.txt": "" });
  await rig.json(0, "run", "train");
  rig.write("valohai.yaml", "- step: {");
  const dev = rig.start("dev", "train", "--from", "1");
  await dev.sees("waiting for a save…");
  // In one move: on a busy machine a file is emptied and filled in two moments, and the second begins the round anew.
  const aside = `${rig.root}.yaml`;
  writeFileSync(aside, YAML);
  renameSync(aside, join(rig.root, "valohai.yaml"));
  await dev.sees("train #4 complete");
  dev.child.kill("SIGINT");
  const { code, stderr } = await dev.result;
  expect([code, stderr]).toEqual([0, expect.stringContaining("[HR_CONFIG_INVALID]")]);
});

test.each([
  [["dev"], "missing required argument 'step'"],
  [["dev", "train", "--from", "latest"], "nothing has run in this project yet"],
  [["dev", "trian"], 'there is no step named "trian"'],
  [["dev", "train", "--json"], "dev has no end, and so no JSON"],
])("dev refuses: headrace %j", async (call, message) => {
  await using rig = new ProjectRig({ "valohai.yaml": YAML });
  const result = await rig.headrace(...call);
  expect(result.code).toBe(2);
  expect(result.stdout + result.stderr).toContain(message);
});

test("dev ends at once for a step that there is not", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": YAML, "train.sh": "echo one", "data.txt": "" });
  await rig.json(0, "run", "train");
  const { code, stderr } = await rig.headrace("dev", "trian");
  expect([code, stderr]).toEqual([2, expect.stringContaining('there is no step named "trian" [HR_UNKNOWN_TARGET]')]);
});

const PYTHON = `
- step: { name: other, image: "", command: "true" }
- step:
    name: train
    image: ""
    command: python3 train.py
    inputs: [{ name: data, default: data.txt }]
`;
const TRAIN = `
import lib, time
print("data", open("/valohai/inputs/data/data.txt").read().strip(), "lib", lib.X)
`;

test("dev of a step that never ran begins with its defaults, then sees saves of code and of local inputs, and nothing else", async () => {
  await using rig = new ProjectRig({
    "valohai.yaml": PYTHON,
    "train.py": TRAIN,
    "lib.py": "X = 1",
    "data.txt": "one",
    "notes.md": "a",
  });
  const dev = rig.start("dev", "train");
  await dev.sees("train never ran here: it gets its defaults (--param and --input set others)");
  await dev.sees("data one lib 1\n");
  await dev.sees("waiting for a save…");
  rig.write("data.txt", "two");
  await dev.sees("data two lib 1\n");
  rig.write("lib.py", "X = 2");
  await dev.sees("data two lib 2\n");
  dev.child.kill("SIGINT");
  await dev.result;
  await rig.json(0, "run", "other");
  const again = rig.start("dev", "train");
  await again.sees("train gets the inputs and parameters of #6 (--from N takes those of another run)");
  await again.sees("data two lib 2\n");
  rig.write("data.txt", "three");
  await again.sees("data three lib 2\n");
  again.child.kill("SIGINT");
  expect((await again.result).code).toBe(0);
}, 180_000);

test("dev lets a round end where a save may not concern it, and stops it for what the step names", async () => {
  await using rig = new ProjectRig({
    "valohai.yaml": `- step: { name: s, image: "", command: sh s.sh }`,
    "s.sh": "echo begin; sleep 2; echo end",
  });
  const dev = rig.start("dev", "s");
  await dev.sees("begin\n");
  rig.write("notes.md", "saved");
  await dev.sees("s #2 complete");
  await dev.sees("started (#4)");
  rig.write("s.sh", "echo why; exit 3");
  await dev.sees("s #6 error");
  dev.child.kill("SIGINT");
  const { stdout } = await dev.result;
  expect(stdout).toMatch(/\nwhy\n.*\n✗ s #6 error after [\d.]+s.*\n {2}it exited with code 3; headrace logs 6\n/);
  const runs = await rig.json<readonly RunView[]>(0, "ls");
  expect(runs.map(({ number, state }) => [number, state])).toEqual([
    [5, "error"],
    [3, "stopped"],
    [1, "complete"],
  ]);
}, 180_000);

test("dev can print into a file of its project, and a file that grows all the time does not keep it from coming to an end", async () => {
  await using rig = new ProjectRig({
    "valohai.yaml": `- step: { name: s, image: "", command: sh s.sh }`,
    "s.sh": "echo begin; sleep 1; echo end",
  });
  const log = openSync(join(rig.root, "dev.log"), "w");
  const command = join(
    dirname(fileURLToPath(import.meta.url)),
    "..",
    process.env.HEADRACE_TEST_COMMAND ?? "src/cli/main.ts",
  );
  // Without a tracer nobody knows what a shell step reads, so any file may be one of its own.
  const env = {
    ...process.env,
    NO_COLOR: "1",
    FORCE_COLOR: "0",
    HEADRACE_ENVIRONMENT: "local",
    HEADRACE_TRACER: "off",
  };
  const child = spawn(process.execPath, [command, "dev", "s"], { cwd: rig.root, env, stdio: ["ignore", log, log] });
  const closed = new Promise((resolve) => child.on("close", resolve));
  // Often enough for every round, and seldom enough to be read between two lines on a busy machine.
  const growing = setInterval(() => appendFileSync(join(rig.root, "train.log"), "grows\n"), 400);
  try {
    await expect.poll(() => rig.read("dev.log"), { timeout: 150_000 }).toContain("train.log changes all the time");
  } finally {
    clearInterval(growing);
    child.kill("SIGINT");
  }
  expect(await closed).toBe(0);
  expect(rig.read("dev.log")).not.toContain("stopped");
  expect(rig.read("dev.log").match(/s #\d+ complete/g)).toHaveLength(3);
}, 180_000);
