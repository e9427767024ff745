import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunDetailView, WhyView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const DRAW = `
- step:
    name: draw
    image: x
    environment: local
    command: cp /proc/sys/kernel/random/uuid $VH_OUTPUTS_DIR/
- step:
    name: say
    image: x
    environment: local
    command: python3 say.py {parameters}
    parameters: [{name: a, type: integer, default: 1}, {name: b, type: integer, default: 1}]
`;

function ensemble(...nodes: readonly string[]): string {
  return `${DRAW}- pipeline:\n    name: p\n    nodes: [${nodes.map((name) => `{name: ${name}, type: execution, step: draw}`).join(", ")}]\n    edges: []\n`;
}

let rig: ProjectRig;
const { PATH } = process.env;
beforeEach(() => {
  // The system's own Python: through the script that a version manager puts first nobody can see.
  process.env.PATH = "/usr/bin:/bin";
  rig = new ProjectRig({ "valohai.yaml": DRAW, "say.py": 'print("A")\n' });
});
afterEach(async () => {
  process.env.PATH = PATH;
  await rig[Symbol.asyncDispose]();
});

async function run(...args: readonly string[]): Promise<RunDetailView> {
  return await rig.json<RunDetailView>(0, "run", ...args);
}
async function why(ref: string): Promise<WhyView> {
  const [view] = await rig.json<readonly WhyView[]>(0, "why", ref);
  if (view === undefined) throw new Error("no answer");
  return view;
}
const numbers = ({ nodes }: RunDetailView) =>
  Object.fromEntries(nodes.map((node) => [node.name, node.execution?.number]));

describe("within a run, an earlier execution is given to one node only", () => {
  test("one earlier draw serves one node of an ensemble; the others run", async () => {
    await run("draw");
    rig.write("valohai.yaml", ensemble("s1", "s2", "s3"));
    // If the code counts as a whole, valohai.yaml is part of it: the draw is made for this version.
    await run("draw");
    const first = await run("p");
    expect(first.nodes.filter(({ reused }) => reused)).toHaveLength(1);
    expect(new Set(Object.values(numbers(first))).size).toBe(3);
    const holder = first.nodes.find(({ reused }) => reused);
    const other = first.nodes.find(({ reused }) => !reused)?.name;
    const { text, reason } = await why(`latest.${other}`);
    expect(reason).toBe("taken");
    expect(text).toBe(
      `nothing has changed, but execution ${holder?.execution?.number} is the result of node ${holder?.name} in this run: equal nodes keep different results`,
    );
    expect(numbers(await run("p"))).toEqual(numbers(first));
  });

  test("new equal nodes take none that an older one has made", async () => {
    rig.write(
      "valohai.yaml",
      `${ensemble("s1", "s2").replace("command: cp", "reuse: {code: [say.py]}\n    command: cp")}`,
    );
    const before = numbers(await run("p"));
    rig.write(
      "valohai.yaml",
      `${ensemble("s0", "s1", "s2", "s3").replace("command: cp", "reuse: {code: [say.py]}\n    command: cp")}`,
    );
    const after = await run("p");
    expect(numbers(after)).toMatchObject(before);
    expect(after.nodes.filter(({ reused }) => !reused).map(({ name }) => name)).toEqual(["s0", "s3"]);
    expect(new Set(Object.values(numbers(after))).size).toBe(4);
  });

  test("a node under a new name takes the result of its old one", async () => {
    rig.write("valohai.yaml", ensemble("s1").replace("command: cp", "reuse: {code: [say.py]}\n    command: cp"));
    await run("p");
    rig.write("valohai.yaml", ensemble("t1").replace("command: cp", "reuse: {code: [say.py]}\n    command: cp"));
    expect((await run("p")).nodes[0]?.reused).toBe(true);
  });
});

test("a reproduction takes no result's place", async () => {
  const original = await run("draw");
  await rig.json(1, "reproduce", "1");
  expect(await why("latest.draw")).toMatchObject({
    reason: "reproduction",
    text: "it was to reproduce what was recorded, which is executed again",
  });
  expect(numbers(await run("draw"))).toEqual(numbers(original));
});

describe("why compares with the execution that shares most", () => {
  test("a change that was undone is none", async () => {
    await run("say");
    rig.write("say.py", 'print("B")\n');
    await run("say");
    rig.write("say.py", 'print("A")\n');
    expect((await run("say")).nodes[0]?.reused).toBe(true);
    rig.write("say.py", 'print("A")\n# c\n');
    await run("say");
    const view = await why("latest.say");
    expect(view.comparedWith).toBe(2);
    expect(view.changes.flatMap(({ diff }) => diff)).toEqual(["@@ -1 +1,2 @@", ' print("A")', "+# c"]);
  });

  test("the fewest parameters that differ, not the newest values", async () => {
    await run("say");
    await run("say", "--param", "a=2", "--param", "b=2");
    await run("say", "--param", "b=3");
    expect(await why("latest.say")).toMatchObject({ comparedWith: 2, text: "parameter b: 1 → 3; the command differs" });
  });
});

describe("patterns for the code that counts", () => {
  const withPatterns = (patterns: string) =>
    DRAW.replaceAll("    environment: local\n", `    environment: local\n    reuse: {code: ${patterns}}\n`);

  test("a step of which none matches is refused, before anything is recorded", async () => {
    rig.write("valohai.yaml", withPatterns('[gone.py, "libb/*.py"]'));
    const { code, stderr } = await rig.headrace("run", "say");
    expect(code).toBe(2);
    expect(stderr).toContain("step say: no file of the code matches what `reuse` names: gone.py, libb/*.py");
    expect(await rig.json(0, "ls")).toEqual([]);
  });

  test("a key of a file counts in place of the file, and `why` shows its values", async () => {
    rig.write("valohai.yaml", withPatterns('[say.py, "params.yaml#train.lr", "params.yaml#train.gone"]'));
    rig.write("params.yaml", "train: {lr: 0.1}\nother: 1\n");
    const first = await rig.headrace("run", "say");
    expect(first.code).toBe(0);
    const lacking = "`reuse` names `params.yaml#train.gone`, and";
    expect(`${first.stdout}${first.stderr}`).toContain(`step say: ${lacking} no file of the code has such a key`);
    expect((await rig.headrace("lint")).stdout).toContain(
      `${lacking} the project has no such file, or no such key in it`,
    );
    rig.write("params.yaml", "train: {lr: 0.1}\nother: 2\n");
    expect((await rig.headrace("run", "say")).stdout).toContain("reused #2");
    rig.write("params.yaml", "train: {lr: 0.2}\nother: 2\n");
    expect((await rig.headrace("run", "say")).stdout).not.toContain("reused");
    expect(await why("latest.say")).toMatchObject({ comparedWith: 2, text: "train.lr in params.yaml: 0.1 → 0.2" });
  });

  test("one that matches nothing is named by a run and by lint", async () => {
    rig.write("valohai.yaml", withPatterns("[say.py, gone.py]"));
    const { code, stdout, stderr } = await rig.headrace("run", "say");
    expect(code).toBe(0);
    expect(`${stdout}${stderr}`).toContain("step say: `reuse` names `gone.py`, and no file of the code matches it");
    expect((await rig.headrace("lint")).stdout).toContain(
      "`reuse` names `gone.py`, and no file of the project matches it",
    );
  });

  test.each([
    ["[gone.py]", "no file of the code matches what `reuse` names: gone.py", "`reuse` names `gone.py`, and no file"],
    ["[]", "`reuse: {code: []}` names no file", "`reuse: {code: []}` names no file"],
  ])("%s: a dry run of a new project refuses what a run refuses, and lint warns", async (patterns, error, warning) => {
    rig.write("valohai.yaml", withPatterns(patterns));
    for (const args of [["--dry-run"], []]) {
      const { code, stderr } = await rig.headrace("run", "say", ...args);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(error) });
    }
    expect((await rig.headrace("lint")).stdout).toContain(warning);
  });

  test.each([
    ["[say.py, latest.txt]", "data/v1.txt"],
    ["[say.py, linked]", "data/deep/v2.txt"],
    ["[say.py, linked/v1.txt]", "data/v1.txt"],
    ['[say.py, "linked/*"]', "data/new.txt"],
  ])("%s: what a link leads to counts", async (patterns, path) => {
    rig.write("data/v1.txt", "1\n");
    rig.write("data/deep/v2.txt", "1\n");
    symlinkSync("data/v1.txt", join(rig.root, "latest.txt"));
    symlinkSync("data", join(rig.root, "linked"));
    rig.write("say.py", 'print(sorted(__import__("os").walk("linked")), open("latest.txt").read())\n');
    rig.write("valohai.yaml", withPatterns(patterns));
    expect((await rig.headrace("lint")).stdout).not.toContain("no file");
    const { warnings } = await rig.json<{ warnings: readonly string[] }>(0, "run", "say");
    expect(warnings.filter((text) => text.includes("no file"))).toEqual([]);
    expect((await run("say")).nodes[0]?.reused).toBe(true);
    rig.write(path, "2\n");
    expect((await run("say")).nodes[0]?.reused).toBe(false);
  });
});

test("a command that installs what there is is named by lint and why", async () => {
  rig.write("valohai.yaml", DRAW.replace("command: cp", "command: true || pip install numpy; cp"));
  await run("draw");
  expect((await why("latest.draw")).notes).toEqual([
    "its command installs packages without a version (numpy): another day may bring others, and reuse does not see that",
  ]);
  expect((await rig.headrace("lint")).stdout).toContain(
    "the command installs packages without a version (numpy): the step may give another result another day",
  );
});

test("a pipeline of several steps that install says so once", async () => {
  const step = (
    name: string,
  ) => `- step: {name: ${name}, image: x, environment: local, command: "true || pip install ${name}"}
`;
  const nodes = ["a", "b", "c"].map((name) => `{name: ${name}, type: execution, step: ${name}}`);
  rig.write(
    "valohai.yaml",
    `${step("a")}${step("b")}${step("c")}- pipeline: {name: p, nodes: [${nodes.join(", ")}], edges: []}
`,
  );
  const { warnings } = await rig.json<{ warnings: readonly string[] }>(0, "run", "p");
  expect(warnings.filter((message) => message.includes("without a version"))).toEqual([
    "valohai.yaml:1:58: the command installs packages without a version (a): the step may give another result another day; 2 more like it, which lint shows",
  ]);
  expect((await rig.headrace("lint")).stdout.match(/installs packages without a version/g)).toHaveLength(3);
});

describe("properties of a file", () => {
  const TWO = `
- step:
    name: make
    image: x
    environment: local
    command: sh make.sh
- step:
    name: read
    image: x
    environment: local
    command: python3 read.py
    inputs: [{name: data, optional: true}]
- pipeline:
    name: p
    nodes: [{name: make, type: execution, step: make}, {name: read, type: execution, step: read}]
    edges: [[make.output.*, read.input.data]]
`;
  const make = (split: string) =>
    `echo 1 > $VH_OUTPUTS_DIR/a.csv; echo '{"split": "${split}", "valohai.tags": ["x"]}' > $VH_OUTPUTS_DIR/a.csv.metadata.json\n`;
  const READ = `import json, os
files = json.load(open(os.environ["VH_CONFIG_DIR"] + "/inputs.json"))["data"]["files"]
print(json.dumps({"said": json.dumps([file["metadata"] for file in files])}))
`;
  const said = (detail: RunDetailView) => detail.nodes.find(({ name }) => name === "read")?.execution?.metadata.said;

  test("reach the next step over an edge and by datum://, and a change of them alone runs it again", async () => {
    rig.write("valohai.yaml", TWO);
    rig.write("make.sh", make("train"));
    rig.write("read.py", READ);
    expect(said(await run("p"))).toBe('[[{"split": "train", "valohai.tags": ["x"]}]]');
    const [output] = await rig.json<readonly { readonly uri: string }[]>(0, "outputs", "latest.make");
    const given = await run("read", "--input", `data=${output?.uri}`);
    expect(said(given)).toBe('[[{"split": "train", "valohai.tags": ["x"]}]]');
    expect(given.nodes[0]?.reused).toBe(true);

    rig.write("make.sh", make("test"));
    const second = await run("p");
    expect(second.nodes.map(({ reused }) => reused)).toEqual([false, false]);
    expect(said(second)).toBe('[[{"split": "test", "valohai.tags": ["x"]}]]');
    expect((await why("latest.read")).text).toBe("the properties of input file data/a.csv differ");
    expect((await run("p")).nodes.map(({ reused }) => reused)).toEqual([true, true]);
    expect(said(await run("read", "--from", "latest", "--fresh"))).toBe('[[{"split": "test", "valohai.tags": ["x"]}]]');
  });
});

test("without a number, commands that look mean the newest run", async () => {
  await run("draw");
  await run("say");
  expect((await rig.headrace("why")).stdout).toContain("say");
  expect((await rig.headrace("info")).stdout).toContain("say");
  expect((await rig.headrace("logs")).stdout).toBe("A\n");
  expect((await rig.headrace("outputs", "1")).stdout).toContain("uuid");
  expect(await rig.json(0, "outputs")).toEqual([]);
  await run("say", "--param", "a=2");
  expect((await rig.headrace("compare", "3.say")).stdout).toContain("a");
  expect((await rig.headrace("checkout", "code")).stdout).toContain("written to code");
  const { code, stderr } = await rig.headrace("checkout", "3");
  expect([code, stderr]).toEqual([
    2,
    "error: checkout needs a folder to write to [HR_USAGE]\nhint: write `headrace checkout 3 DIR`, with a new or empty folder\n",
  ]);
});
