import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  ComparisonView,
  ExecutionView,
  LineageView,
  LogLine,
  RunDetailView,
  RunView,
} from "../../src/api/index.ts";
import { ProjectRig } from "../rig.ts";

const YAML = `
- step:
    name: make
    image: any
    command:
      - printf '{"rows":%d}\\n' {parameter-value:rows}
      - echo to stderr >&2
      - seq {parameter-value:rows} > /valohai/outputs/rows.txt
    parameters:
      - { name: rows, type: integer, default: 3 }
- step:
    name: use
    image: any
    command: cat /valohai/inputs/table/* {parameters}
    inputs: [{ name: table }]
    parameters:
      - { name: number_lines, type: flag, pass-true-as: -n }
- pipeline:
    name: both
    parameters:
      - { name: size, default: 2, targets: [make.parameters.rows] }
    nodes:
      - { name: make, step: make, type: execution }
      - { name: use, step: use, type: execution }
    edges:
      - [make.output.rows.txt, use.input.table]
`;

const project = (): ProjectRig => new ProjectRig({ "valohai.yaml": YAML });

describe("headrace init", () => {
  it("starts a project that runs at once, and is not repeated", async () => {
    await using rig = new ProjectRig();
    expect((await rig.headrace("init", "demo")).stdout).toContain("✓ wrote valohai.yaml, prepare.py, train.py in demo");
    const { stdout, code } = await rig.headrace("run", "example", "-C", "demo", "--train.epochs=20");
    expect(code).toBe(0);
    expect(stdout).toMatch(/✓ pipeline example #1 complete after [\d.]+s {2}2 outputs/);
    expect(stdout).not.toContain("warning");
    expect((await rig.headrace("info", "2", "-C", "demo")).stdout).toMatch(/Ran in\n +environment +local\n/);
    const again = await rig.headrace("init", "demo");
    expect([again.code, again.stderr]).toEqual([
      2,
      expect.stringContaining("valohai.yaml exists already [HR_FILE_EXISTS]"),
    ]);
  });
});

describe("headrace run", () => {
  const refusing = project();
  beforeAll(async () => {
    await refusing.json(0, "run", "make");
  });
  afterAll(async () => await refusing[Symbol.asyncDispose]());

  it("prints a line per event, then the summary, when not on a terminal", async () => {
    await using rig = project();
    const { stdout, stderr, code } = await rig.headrace(
      "run",
      "both",
      "--size=4",
      "--use.number-lines",
      "--sandbox",
      "auto",
    );
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout
      .split("\n")
      .map((line) => line.replace(/^\d\d:\d\d:\d\d/, "HH:MM:SS").replace(/\d+\.\d+s/, "Ns"));
    expect(lines).toContain("HH:MM:SS       run #1 both");
    expect(lines).toContain("HH:MM:SS make  started (#2)");
    expect(lines).toContain("HH:MM:SS use   complete (#3) after Ns");
    expect(lines).toContain("  headrace outputs 1  the files that it made");
    expect((await rig.headrace("logs", "1.use")).stdout).toBe("     1\t1\n     2\t2\n     3\t3\n     4\t4\n");
  });

  it.each([
    ["--param", ["--param", "rows=7"]],
    ["an option of its own", ["--rows=7"]],
    ["an option and its value", ["--rows", "7"]],
  ])("sets a parameter of a step with %s", async (_how, args) => {
    await using rig = project();
    const plan = await rig.json<{
      readonly nodes: readonly { readonly parameters: unknown; readonly command: readonly string[] }[];
    }>(0, "run", "make", ...args, "--dry-run");
    expect(plan.nodes[0]?.parameters).toEqual({ rows: 7 });
  });

  it("shows a plan to a person", async () => {
    await using rig = project();
    expect(
      (await rig.headrace("run", "both", "--dry-run", "--env", "SEED=1")).stdout,
    ).toBe(`pipeline both: 2 nodes would run

1. make
   outcome     ▸ would run: no execution of this step has succeeded yet
   parameters  rows = 2
   variables   SEED=1
   command     printf '{"rows":%d}\\n' 2
               echo to stderr >&2
               seq 2 > /valohai/outputs/rows.txt

2. use  after make
   outcome    ▸ would run: no execution of this step has succeeded yet
   inputs     table ← rows.txt of make
   variables  SEED=1
   command    cat /valohai/inputs/table/*

Nothing was run or recorded.
`);
  });

  it.each([
    [
      ["run", "both", "--sise=4"],
      "unknown option --sise: neither an option of `headrace run` nor a parameter or input of both",
      "did you mean --size?",
    ],
    [
      ["run", "make", "stray"],
      'unexpected argument "stray" after make',
      "set a parameter with --param NAME=VALUE, an input with --input NAME=URI",
    ],
    [["run", "make", "--param", "rows"], '--param "rows" has no value: it lacks an `=`', "write --param NAME=VALUE"],
    [["run", "make", "--jobs", "0"], '--jobs "0" is no whole number from 1 up', "write for example --jobs 10"],
    [["graph", "boht"], "there is no pipeline boht", "did you mean both?"],
    [["step", "nothing-like-it"], "there is no step nothing-like-it", "the steps are make, use"],
    [["info", "nonsense"], "`nonsense` names no run or execution", expect.any(String)],
    [
      ["lint", "missing.yaml"],
      "missing.yaml cannot be read: there is no such file",
      "name a valohai.yaml or headrace.yaml",
    ],
  ])("%j is refused", async (args, message, hint) => {
    const { error } = await refusing.json<{ readonly error: unknown }>(2, ...args);
    expect(error).toMatchObject({ message, hint });
  });

  it("records nothing of what was refused", async () => {
    expect(await refusing.json<readonly unknown[]>(0, "ls")).toHaveLength(1);
  });

  it("ends with the log of what failed, and with exit code 1", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: bad, image: i, command: ["seq 30", "echo oh no >&2", "exit 3"] }`,
    });
    const { stdout, code } = await rig.headrace("run", "bad", "--no-logs");
    expect(code).toBe(1);
    const log = stdout.split("\n").filter((line) => line.startsWith("  │ "));
    // Chance decides which of the two pipes is read first. If stderr's end is not among the last lines, it follows them
    // under a headline.
    const numbers = (first: number) => Array.from({ length: 31 - first }, (_, index) => `  │ ${first + index}`);
    const printed = log.filter((line) => /^ {2}│ \d+$/.test(line));
    if (log.length === 17) expect([printed, log.at(-1)]).toEqual([numbers(16), "  │ oh no"]);
    else expect([log.length, printed, log.includes("  │ oh no")]).toEqual([15, numbers(17), true]);
    expect(stdout).toMatch(/✗ step bad #1 failed after/);
    expect(stdout).toContain("  headrace logs 2  the whole log");
  });

  it("says at the end what stderr ended with, where the step printed on", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: bad, image: i, command: ["echo oh no >&2", "sleep 1", "seq 30", "exit 3"] }`,
    });
    for (const [flag, lines] of [
      ["--logs", 2],
      ["--no-logs", 17],
    ] as const) {
      const { stdout } = await rig.headrace("run", "bad", flag, "--fresh");
      const log = stdout.split("\n").filter((line) => line.startsWith("  │ "));
      expect([log.length, ...log.slice(-2)]).toEqual([lines, "  │ stderr ended with:", "  │ oh no"]);
    }
  });

  it("prints nothing but the run with --json, even when it fails", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": `- step: { name: bad, image: i, command: "false" }` });
    const { stdout, stderr, code } = await rig.headrace("run", "bad", "--json");
    expect([code, stderr]).toEqual([1, ""]);
    expect((JSON.parse(stdout) as RunDetailView).state).toBe("error");
  });
});

describe("the commands that look", () => {
  it("show the same run from all sides", async () => {
    await using rig = project();
    await rig.json(0, "run", "both", "--title", "first", "--tag", "a");
    await rig.json(0, "run", "both", "--size=5", "--tag", "a", "--tag", "b");

    expect((await rig.json<readonly RunView[]>(0, "ls", "--tag", "b")).map((run) => run.number)).toEqual([4]);
    expect((await rig.headrace("ls", "--limit", "1")).stdout).toMatch(
      /^# {2}NAME {2}STATE +CREATED +TIME {2}TITLE · TAGS\n4 {2}both {2}✓ complete .*\[a\] \[b\]\nolder ones: headrace ls --before 4\n$/,
    );
    expect((await rig.headrace("ls", "--state", "error")).stdout).toBe("No run fits.\n");

    expect((await rig.headrace("info", "#1")).stdout).toMatch(
      /^Run 1 {2}pipeline both {2}✓ complete\n\n {2}title {7}first\n/,
    );
    const { execution } = await rig.json<{ readonly execution: ExecutionView }>(0, "info", "latest.make");
    expect(execution).toMatchObject({ number: 5, node: "make", metadata: { rows: 5 } });
    expect((await rig.headrace("info", "5")).stdout).toMatch(/^Execution 5 {2}step make {2}✓ complete {2}in run 4\n/);

    expect((await rig.headrace("logs", "4.make", "--stream", "stderr")).stdout).toBe("to stderr\n");
    expect((await rig.headrace("logs", "4", "--tail", "1")).stdout).toContain("use  │ 5\n");
    const lines = (await rig.headrace("logs", "4.make", "--json")).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as LogLine);
    expect(lines.map((line) => line.stream).sort()).toEqual(["stderr", "stdout"]);
    expect((await rig.headrace("logs", "4.make", "--timestamps", "--stream", "stderr")).stdout).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z to stderr\n$/,
    );

    const lineage = await rig.json<LineageView>(0, "lineage", "latest.use", "--up");
    expect(lineage.nodes.map(({ kind, generation }) => [kind, generation])).toEqual([
      ["execution", -1],
      ["file", 0],
      ["execution", 0],
    ]);
    expect((await rig.headrace("lineage", "4")).stdout).toMatch(
      /^#5 make in run 4, code ~\w{11}\n#6 use in run 4, .*\n\nmade of\n#6 use .*\n└─ \S+ .*\(\w+\)\n {3}└─ #5 make .*\n\nused in\n/,
    );

    const comparison = await rig.json<ComparisonView>(0, "compare", "1", "latest");
    expect(comparison.sections.find(({ title, node }) => title === "parameters" && node === "make")?.rows).toEqual([
      { name: "rows", values: [2, 5], differs: true },
    ]);
    expect((await rig.headrace("compare", "1", "4")).stdout).toMatch(/\n {2}≠ rows +2 +5 +\+3 \(\+150 %\)\n/);

    expect((await rig.headrace("outputs", "4", "--download", "got")).stdout).toMatch(/✓ 1 file written below got\n$/);
    const twice = await rig.headrace("outputs", "4", "--download", "got");
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining("HR_FILE_EXISTS")]);
    expect((await rig.headrace("outputs", "4", "--download", "got", "--overwrite")).code).toBe(0);

    expect((await rig.headrace("checkout", "4", "code")).stdout).toMatch(
      /^✓ code ~\w{12} written to code \(1 file, \d+ B\)\n$/,
    );
    expect(readdirSync(join(rig.root, "code"))).toEqual(["valohai.yaml"]);
    expect((await rig.headrace("stop", "4")).stdout).toMatch(
      /^✓ (run|execution) 4 \(.*\) had ended already \(complete\)\n$/,
    );
  });

  it("leave no trace in a project where nothing ran", async () => {
    await using rig = project();
    expect((await rig.headrace("ls")).stdout).toMatch(/^Nothing has run here yet\.\n/);
    expect((await rig.headrace("info", "latest")).stderr).toContain(
      "nothing has run in this project yet [HR_NOT_FOUND]",
    );
    expect(existsSync(join(rig.root, ".headrace"))).toBe(false);
  });
});

describe("the commands about the configuration", () => {
  it("draw and describe it", async () => {
    await using rig = project();
    expect((await rig.headrace("graph")).stdout).toBe(
      "┌───────┐\n│ make  │\n└───┬───┘\n ┌──▼──┐\n │ use │\n └─────┘\n",
    );
    expect((await rig.headrace("graph", "--format", "svg")).stdout).toMatch(/^<svg /);
    expect(await rig.json(0, "graph", "both")).toMatchObject({
      pipeline: "both",
      nodes: [{ name: "make" }, { name: "use" }],
    });
    expect(await rig.json(0, "step", "make")).toMatchObject({
      name: "make",
      parameters: [{ name: "rows", type: "integer", default: 3 }],
    });
    expect((await rig.headrace("step", "use")).stdout).toContain("number_lines  flag");
    expect((await rig.headrace("pipeline", "both")).stdout).toContain("make  use  rows.txt → table");
    expect(await rig.json(0, "schema")).toMatchObject({ $schema: "https://json-schema.org/draft/2020-12/schema" });
  });

  it("lint with places, and exit codes for scripts", async () => {
    await using rig = project();
    expect((await rig.headrace("lint")).stdout).toBe("✓ valohai.yaml: valid, 2 steps, 1 pipeline\n");
    rig.write("bad.yaml", "- step:\n    name: a\n    image: i\n    command: c\n    inpts: []\n");
    const bad = await rig.headrace("lint", "bad.yaml");
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(
      /^bad\.yaml:5:5: error: .*inpts.*\n {2}5 \| {5}inpts: \[\]\n {4}\| {5}\^+\n {4}= .*inputs.*\n\n✗ bad\.yaml: 1 error\n$/,
    );
    const report = await rig.json<{ readonly files: readonly { readonly valid: boolean }[] }>(
      1,
      "lint",
      "valohai.yaml",
      "bad.yaml",
    );
    expect(report.files.map((file) => file.valid)).toEqual([true, false]);
    rig.write("warned.yaml", "- step: {name: a, image: i, command: c, upload-store: x}\n");
    expect(await rig.headrace("lint", "warned.yaml")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("valid, 1 step, 0 pipelines, 1 warning"),
    });
    expect(await rig.headrace("lint", "--strict", "warned.yaml")).toMatchObject({ code: 1 });
    expect(await rig.headrace("lint", "--strict")).toMatchObject({ code: 0 });
    rig.write("headrace.config.yaml", "environments:\n  box: {executor: local}\n  Big: {executor: lokal}\n");
    expect((await rig.headrace("lint", "headrace.config.yaml")).stdout).toMatch(
      /^headrace\.config\.yaml:3:19: error: .*lokal/,
    );
    rig.write("headrace.config.yaml", "environments:\n  box: {executor: local}\n");
    expect((await rig.headrace("lint", "headrace.config.yaml")).stdout).toBe(
      "✓ headrace.config.yaml: valid, 1 environment\n",
    );
  });

  it("import a dvc.yaml that then runs", async () => {
    await using rig = new ProjectRig({
      "dvc.yaml":
        "stages:\n  make:\n    cmd: echo 1 > made.txt\n    outs: [made.txt]\n  use:\n    cmd: cat made.txt > used.txt\n    deps: [made.txt]\n    outs: [used.txt]\n",
    });
    expect((await rig.headrace("import", "dvc.yaml", "-o", "valohai.yaml")).stdout).toMatch(/^✓ wrote valohai\.yaml\n/);
    expect((await rig.headrace("import", "dvc.yaml", "-o", "valohai.yaml")).stderr).toContain(
      "valohai.yaml exists already [HR_FILE_EXISTS]",
    );
    expect((await rig.json<RunDetailView>(0, "run", "dvc")).state).toBe("complete");
  });

  it("complete from what the project holds", async () => {
    await using rig = project();
    expect((await rig.headrace("__complete", "run", "")).stdout).toBe("both\tpipeline\nmake\tstep\nuse\tstep\n");
    expect((await rig.headrace("__complete", "run", "both", "--param", "u")).stdout).toBe(
      "use.number_lines=\tparameter\n",
    );
    rig.write("valohai.yaml", "- step: [");
    expect(await rig.headrace("__complete", "run", "")).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });
});
