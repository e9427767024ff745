import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const PIPELINE = `
- step: { name: first, image: "", command: "true" }
- step: { name: last, image: "", command: "cat /valohai/inputs/table/*", inputs: [{ name: table }, { name: more, optional: true }] }
- pipeline:
    name: p
    nodes: [{ name: first, step: first, type: execution }, { name: last, step: last, type: execution }]
    edges: [[first.dependency.x, last.dependency.x]]
`;

interface ErrorJson {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly details: readonly string[];
  };
}

describe("inputs that cannot be had", () => {
  it.each([
    [
      "s3://bucket/key",
      2,
      "HR_NOT_SUPPORTED",
      "input s3://bucket/key: inputs by s3:// are not supported by this version",
    ],
    [
      "datum://none",
      1,
      "HR_INPUT_UNAVAILABLE",
      'input datum://none: there is no datum with the id or the alias "none"',
    ],
    [
      "data/gone.csv",
      1,
      "HR_INPUT_UNAVAILABLE",
      /^input data\/gone\.csv: there is no file or folder \/.*\/data\/gone\.csv$/,
    ],
    ["data/*.csv", 1, "HR_INPUT_UNAVAILABLE", /^input data\/\*\.csv: there is no file or folder \/.*\/data$/],
    ["here/*.csv", 1, "HR_INPUT_UNAVAILABLE", /^input here\/\*\.csv: no file matches$/],
  ] as const)("%s of the last node is refused before the first one runs", async (uri, exitCode, code, message) => {
    await using rig = new ProjectRig({ "valohai.yaml": PIPELINE, "here/a.txt": "1\n" });
    const { error } = await rig.json<ErrorJson>(exitCode, "run", "p", "--input", `table=${uri}`);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await rig.json<readonly unknown[]>(0, "ls")).toEqual([]);
  });

  it("are all named", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": PIPELINE });
    const { error } = await rig.json<ErrorJson>(1, "run", "p", "--table=/no/such/file", "--more=gs://a/b");
    expect(error).toEqual({
      code: "HR_INPUT_UNAVAILABLE",
      message: "p cannot run: 2 inputs cannot be had",
      hint: "nothing was run",
      advice: ["nothing was run"],
      details: [
        "node last: input /no/such/file: there is no file or folder /no/such/file (check the path; relative ones start at the project's folder)",
        "node last: input gs://a/b: inputs by gs:// are not supported by this version (give it as one of: a local path, file://, http://, https://, datum://, dataset://, model://)",
      ],
    });
  });
});

it.each(["../x", "a/b", "..", ""])(
  "an input name that cannot be a folder is warned of, and refused before anything runs: %j",
  async (name) => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: s, image: "", command: "true", inputs: [{ name: ${JSON.stringify(name)}, default: a.txt }] }\n`,
      "a.txt": "1\n",
    });
    const lint = await rig.headrace("lint");
    expect([lint.code, lint.stdout]).toEqual([
      0,
      expect.stringContaining("it cannot be the name of a folder, and a run of the step refuses it"),
    ]);
    for (const options of [["--dry-run"], []]) {
      const { error } = await rig.json<ErrorJson>(2, "run", "s", ...options);
      expect(error).toMatchObject({
        code: "HR_PLAN_INVALID",
        message: expect.stringContaining(`the input name ${JSON.stringify(name)} `),
      });
    }
    expect(await rig.json<readonly unknown[]>(0, "ls")).toEqual([]);
  },
);

describe("what is typed", () => {
  it("names an input that no edge feeds without its node", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": PIPELINE, "a b.csv": "1\n" });
    const run = await rig.json<RunDetailView>(0, "run", "p", "--table", "a b.csv");
    expect(run.nodes[1]?.execution?.inputs.map(({ input, name }) => `${input}/${name}`)).toEqual(["table/a b.csv"]);
    const mixed = await rig.json<ErrorJson>(2, "compare", "1", "1.last");
    expect(mixed.error).toMatchObject({
      message: "1 is a run and 1.last an execution: they cannot be compared",
      hint: "name runs only, or executions only, such as 1.last",
    });
  });

  it("may be no target, which is answered with what there is", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": PIPELINE });
    const { error } = await rig.json<ErrorJson>(2, "run");
    expect(error).toMatchObject({ message: "which step or pipeline is to run?", hint: "name one of p, first, last" });
  });

  it("may be a folder that is not there", async () => {
    await using rig = new ProjectRig({});
    const { error } = await rig.json<ErrorJson>(2, "ls", "--project", join(rig.root, "gone"));
    expect(error).toMatchObject({
      message: `there is no folder ${join(rig.root, "gone")}`,
      hint: "check the path given with the option project",
    });
  });

  it.skipIf(process.getuid?.() === 0)(
    "may concern records that one may not read, which are not taken for absent",
    async () => {
      await using rig = new ProjectRig({ "valohai.yaml": PIPELINE });
      mkdirSync(join(rig.root, ".headrace"), { mode: 0 });
      for (const args of [["ls"], ["run", "first"]]) {
        const { error } = await rig.json<ErrorJson>(1, ...args);
        expect(error).toMatchObject({
          code: "HR_STORE_UNAVAILABLE",
          message: `the state folder ${join(rig.root, ".headrace")} cannot be read (EACCES)`,
        });
      }
      chmodSync(join(rig.root, ".headrace"), 0o700);
    },
  );
});
