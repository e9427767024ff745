import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DatumView, RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const PIPELINE = `
- step:
    name: make
    image: any
    command:
      - python3 make.py {parameters}
    parameters:
      - name: rows
        type: integer
        default: 3
- step:
    name: check
    image: any
    command: python3 check.py {parameters}
    inputs:
      - name: table
    parameters:
      - name: least
        type: float
      - name: rows
        type: integer
        default: 0
- pipeline:
    name: both
    parameters:
      - name: size
        default: 4
        targets:
          - make.parameters.rows
    nodes:
      - { name: make, step: make, type: execution }
      - { name: check, step: check, type: execution }
    edges:
      - [make.output.*.csv, check.input.table]
      - [make.metadata.mean, check.parameter.least]
      - [make.parameter.rows, check.parameter.rows]
`;

const MAKE = `
import argparse, json
parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int)
rows = parser.parse_args().rows
with open("/valohai/outputs/table.csv", "w") as out:
    for row in range(rows):
        out.write(f"{row}\\n")
        print(json.dumps({"row": row, "mean": row / 2}))
`;

const CHECK = `
import argparse, os
parser = argparse.ArgumentParser()
parser.add_argument("--least", type=float)
parser.add_argument("--rows", type=int)
args = parser.parse_args()
lines = open("/valohai/inputs/table/table.csv").read().split()
print("least", args.least, "rows", args.rows, "lines", len(lines), "node", os.environ["VH_PIPELINE_NODE_ID"] != "")
os.makedirs("/valohai/outputs/deep/er")
open("/valohai/outputs/deep/er/copy.txt", "w").write(",".join(lines))
`;

function files(): Record<string, string> {
  return { "valohai.yaml": PIPELINE, "make.py": MAKE, "check.py": CHECK };
}

describe("a pipeline on one machine", () => {
  it("carries files, parameters and metadata over its edges, with hard-coded /valohai paths", async () => {
    await using rig = new ProjectRig(files());
    const run = await rig.json<RunDetailView>(0, "run", "both");
    expect(run.state).toBe("complete");
    expect(run.parameters).toEqual({ size: 4 });
    const [make, check] = run.nodes;
    expect(make?.execution?.metadata).toMatchObject({ row: 3, mean: 1.5 });
    expect(check?.execution?.parameters).toEqual({ least: 1.5, rows: 4 });
    expect(check?.execution?.inputs.map((file) => `${file.input}/${file.name}`)).toEqual(["table/table.csv"]);
    expect(check?.execution?.outputs.map((file) => file.name)).toEqual(["deep/er/copy.txt"]);
    const logs = await rig.headrace("logs", "latest.check");
    expect(logs.stdout).toContain("least 1.5 rows 4 lines 4 node True");
  });

  it("hands back outputs byte for byte and the code of a run after the working tree has gone", async () => {
    await using rig = new ProjectRig(files());
    const run = await rig.json<RunDetailView>(0, "run", "both", "--param", "size=2");
    rmSync(join(rig.root, "make.py"));
    const listed = await rig.json<readonly DatumView[]>(0, "outputs", `${run.number}`);
    await rig.headrace("outputs", `${run.number}.make`, "--download", "got");
    const bytes = readFileSync(join(rig.root, "got/table.csv"));
    expect(bytes.toString()).toBe("0\n1\n");
    expect(listed.find((datum) => datum.name === "table.csv")?.sha256).toBe(
      createHash("sha256").update(bytes).digest("hex"),
    );
    const checkout = await rig.headrace("checkout", `${run.number}`, "old");
    expect(checkout.code).toBe(0);
    expect(rig.read("old/make.py")).toBe(MAKE);
    expect(rig.read("old/valohai.yaml")).toBe(PIPELINE);
  });

  it("shows two runs and what differs between them", async () => {
    await using rig = new ProjectRig(files());
    const first = await rig.json<RunDetailView>(0, "run", "both");
    const second = await rig.json<RunDetailView>(
      0,
      "run",
      "both",
      "--param",
      "size=7",
      "--title",
      "bigger",
      "--tag",
      "try",
    );
    const list = await rig.json<
      readonly { readonly number: number; readonly title: string | null; readonly tags: readonly string[] }[]
    >(0, "ls");
    expect(list.map((entry) => [entry.number, entry.title, entry.tags])).toEqual([
      [second.number, "bigger", ["try"]],
      [first.number, null, []],
    ]);
    const comparison = await rig.json<{
      readonly sections: readonly {
        title: string;
        node: string | null;
        rows: readonly { name: string; values: unknown[]; differs: boolean }[];
      }[];
    }>(0, "compare", `${first.number}`, `${second.number}`);
    const parameters = comparison.sections.find((section) => section.title === "parameters" && section.node === "make");
    expect(parameters?.rows).toEqual([{ name: "rows", values: [4, 7], differs: true }]);
    const code = comparison.sections.find((section) => section.title === "code" && section.node === null);
    expect(code?.rows.map((row) => row.differs)).toEqual([false]);
  });

  it("plans without recording anything on --dry-run", async () => {
    await using rig = new ProjectRig(files());
    const plan = await rig.json<{ readonly nodes: readonly Record<string, unknown>[] }>(0, "run", "both", "--dry-run");
    expect(plan.nodes[0]).toMatchObject({
      name: "make",
      step: "make",
      command: ["python3 make.py --rows=4"],
      parameters: { rows: 4 },
      inputs: {},
    });
    expect(plan.nodes[1]).toMatchObject({ name: "check", inputs: { table: [{ from: "make.output.*.csv" }] } });
    expect(await rig.json<readonly unknown[]>(0, "ls")).toEqual([]);
  });

  it.each([
    ["stops all of the run at a failed node, as the format says where nothing is said", "", "skipped"],
    [
      "with stop-next, stops the dependants of a failed node and finishes the others",
      ", on-error: stop-next",
      "complete",
    ],
  ])("%s", async (_, onError, others) => {
    const yaml = `
- step: { name: bad, image: i, command: "echo before; echo kept > /valohai/outputs/kept.txt; exit 3" }
- step: { name: good, image: i, command: "echo fine" }
- pipeline:
    name: p
    nodes:
      - { name: first, step: good, type: execution }
      - { name: bad, step: bad, type: execution${onError} }
      - { name: after, step: good, type: execution }
      - { name: aside, step: good, type: execution }
      - { name: later, step: good, type: execution }
    edges:
      - [first.dependency.x, bad.dependency.x]
      - [bad.dependency.x, after.dependency.x]
      - [aside.dependency.x, later.dependency.x]
`;
    await using rig = new ProjectRig({ "valohai.yaml": yaml });
    // One at a time, in the order of declaration: nothing else runs beside the one that fails.
    const run = await rig.json<RunDetailView>(1, "run", "p", "--jobs", "1");
    expect(run.state).toBe("error");
    expect(run.reason).toBe("bad failed");
    expect(run.nodes.map((node) => [node.name, node.state])).toEqual([
      ["first", "complete"],
      ["bad", "error"],
      ["after", "skipped"],
      ["aside", "complete"],
      ["later", others],
    ]);
    expect(run.nodes[1]?.execution).toMatchObject({ exitCode: 3 });
    expect(run.nodes[1]?.execution?.outputs.map((file) => file.name)).toEqual(["kept.txt"]);
  });

  it("names only some of many nodes that failed", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `n${index}`);
    const nodes = names
      .map((name) => `      - { name: ${name}, step: bad, type: execution, on-error: stop-next }`)
      .join("\n");
    const yaml = `- step: { name: bad, image: i, command: "false" }\n- pipeline:\n    name: p\n    edges: []\n    nodes:\n${nodes}\n`;
    await using rig = new ProjectRig({ "valohai.yaml": yaml });
    const run = await rig.json<RunDetailView>(1, "run", "p");
    expect(run.reason).toBe("n0, n1, n2, n3, n4 and 3 more nodes failed");
  });
});
