import { describe, expect, test } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

/** A notebook of code cells; those that have tags stand in a pair with them. */
function notebook(...cells: readonly (string | readonly [source: string, tag: string])[]): string {
  const made = cells.map((cell, index) => ({
    cell_type: "code",
    id: `cell-${index}`,
    metadata: typeof cell === "string" ? {} : { tags: [cell[1]] },
    source: typeof cell === "string" ? cell : cell[0],
    // Results of an earlier run, which must not pass for those of this one.
    outputs: [{ output_type: "stream", name: "stdout", text: "from before" }],
    execution_count: 7,
  }));
  const kernelspec = { name: "python3", display_name: "Python 3", language: "python" };
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: made });
}

interface Cell {
  readonly source: string | readonly string[];
  readonly execution_count: number | null;
  readonly outputs: readonly Readonly<Record<string, unknown>>[];
}

const PYTHON = "python: {packages: [nbclient, ipykernel]}";

function step(name: string, command: string, more = PYTHON): string {
  return `- step:\n    name: ${name}\n    image: ""\n    environment: local\n    command: ${command}\n    ${more.replaceAll("\n", "\n    ")}\n`;
}

async function executed(rig: ProjectRig, run: string, file: string): Promise<readonly Cell[]> {
  await rig.json(0, "outputs", run, "--download", "got");
  return (JSON.parse(rig.read(`got/${file}`)) as { readonly cells: readonly Cell[] }).cells;
}

describe("a step whose command is a notebook", () => {
  test("runs it with its parameters; what it prints is log and metadata, and its results go over an edge", async () => {
    await using rig = new ProjectRig({
      "README.md": "1",
      "work/helper.py": "def double(n): return 2 * n\n",
      "work/train.ipynb": notebook(
        ["learning_rate = 0.1\nepochs = 1\nnames = []", "parameters"],
        'import helper, json, sys\nprint(json.dumps({"score": helper.double(epochs)}))',
        'print("no end of line", end="")',
        'print(json.dumps({"rate": learning_rate, "argv": sys.argv[1:], "names": names}))\nnames',
      ),
      "valohai.yaml": `${step(
        "train",
        "work/train.ipynb --fast",
        `${PYTHON}\nparameters:\n- {name: learning-rate, type: float, default: 1}\n- {name: epochs, type: integer, default: 3}\n- {name: names, type: string, multiple: repeat, default: [a]}`,
      )}${step("report", "grep -c score /valohai/inputs/in/train.ipynb", "inputs: [{name: in}]")}- pipeline:
    name: p
    nodes:
      - {name: train, step: train, type: execution}
      - {name: report, step: report, type: execution}
    edges: [[train.output.*.ipynb, report.input.in]]
`,
    });
    const run = await rig.json<RunDetailView>(0, "run", "p", "--param", "train.epochs=5");
    const [train] = run.nodes;
    expect(train?.execution?.metadata).toMatchObject({ score: 10, rate: 1, argv: ["--fast"], names: ["a"] });
    expect(train?.execution?.outputs.map(({ name }) => name)).toEqual(["train.ipynb"]);
    const log = (await rig.headrace("logs", "latest.train")).stdout;
    expect(log).toContain("no end of line\n");
    expect(log).toContain("work/train.ipynb: cell 5 of 5\n");
    expect(log).toContain("['a']\n");
    const cells = await executed(rig, "latest.train", "train.ipynb");
    expect(cells.map((cell) => cell.execution_count)).toEqual([1, 2, 3, 4, 5]);
    expect([cells[1]?.source].flat().join("")).toBe("# Parameters\nlearning_rate = 1.0\nepochs = 5\nnames = ['a']");

    rig.write("README.md", "2");
    const again = await rig.json<RunDetailView>(0, "run", "train", "--param", "epochs=5");
    rig.write("work/helper.py", "def double(n): return 3 * n\n");
    const changed = await rig.json<RunDetailView>(0, "run", "train", "--param", "epochs=5");
    expect([again, changed].map(({ nodes }) => nodes[0]?.execution?.metadata?.score)).toEqual([10, 15]);
  });

  test("fails with the cell that failed; the notebook is kept with its traceback, and nothing of an earlier run", async () => {
    await using rig = new ProjectRig({
      "bad.ipynb": notebook('print("before")', "", 'raise ValueError("shape mismatch")', "print('after')"),
      "valohai.yaml": step("bad", "bad.ipynb"),
    });
    expect((await rig.headrace("run", "bad")).code).toBe(1);
    const log = (await rig.headrace("logs", "latest")).stdout;
    expect(log).toContain("before\n");
    expect(log.trimEnd().split("\n").slice(-2)).toEqual([
      "ValueError: shape mismatch",
      "bad.ipynb: cell 2 of 3 failed: ValueError: shape mismatch",
    ]);
    const cells = await executed(rig, "latest", "bad.ipynb");
    expect(cells.map((cell) => cell.outputs.map((output) => [output.text ?? output.evalue].flat().join("")))).toEqual([
      ["before\n"],
      [],
      ["shape mismatch"],
      [],
    ]);
  });

  test("is stopped within a cell, and what it had until then is kept", async () => {
    await using rig = new ProjectRig({
      "endless.ipynb": notebook('print("begun")\nwhile True: pass', "print('after')"),
      "valohai.yaml": step("endless", "endless.ipynb"),
    });
    const running = rig.start("run", "endless");
    await running.sees("begun");
    expect((await rig.headrace("stop", "latest")).code).toBe(0);
    await running.result;
    const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "latest");
    expect(run.nodes[0]?.state).toBe("stopped");
    expect((await rig.headrace("logs", "latest")).stdout.trimEnd()).toMatch(/endless\.ipynb: stopped in cell 1 of 2$/);
    expect((await executed(rig, "latest", "endless.ipynb"))[0]?.outputs[0]).toMatchObject({ text: ["begun\n"] });
  });

  test("ends as sys.exit says, and says what its Python lacks", async () => {
    await using rig = new ProjectRig({
      "end.ipynb": notebook("import sys\nsys.exit(0)", "1/0"),
      "three.ipynb": notebook("import sys\nsys.exit(3)"),
      "valohai.yaml":
        step("end", "end.ipynb") + step("three", "three.ipynb") + step("bare", "end.ipynb", "python: {packages: []}"),
    });
    expect((await rig.headrace("run", "end")).code).toBe(0);
    expect((await rig.headrace("run", "three")).stdout).toContain("it exited with code 3");
    expect((await rig.headrace("run", "bare")).code).toBe(1);
    expect((await rig.headrace("logs", "latest")).stdout).toMatch(
      /^end\.ipynb cannot be run: the step's Python \(\S+\) has no ipykernel\n {2}hint: name the packages in the step, `python: \{packages: \[ipykernel, nbclient\]\}`, or install them in its image\n$/,
    );
  });
});
