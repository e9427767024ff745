import { expect, test } from "vitest";
import { ProjectRig } from "./rig.ts";

const FILES = {
  "valohai.yaml": `
- step:
    name: train
    image: x
    environment: local
    command: python3 train.py {parameters}
    parameters:
      - {name: depth, type: integer, default: 1}
      - {name: rate, type: float, default: 0.5}
- pipeline:
    name: two
    nodes:
      - {name: first, step: train, type: execution}
      - {name: second, step: train, type: execution}
    edges: []
`,
  "train.py": `
import json, sys
given = dict(word[2:].split("=") for word in sys.argv[1:])
print(json.dumps({"auc": float(given["rate"]) / int(given["depth"])}))
`,
};

interface Row {
  readonly number: number;
  readonly values: Readonly<Record<string, unknown>>;
  readonly allReused: boolean;
  readonly nodes: { readonly total: number; readonly ended: number };
}

test("headrace ls sorts, filters and shows parameters and metrics", async () => {
  await using project = new ProjectRig(FILES);
  for (const [depth, rate] of [
    [4, 0.8],
    [2, 0.9],
    [8, 0.1],
  ])
    await project.json(0, "run", "train", `--depth=${depth}`, `--rate=${rate}`);
  await project.json(0, "run", "two");
  await project.json(0, "run", "two");
  const list = async (...args: readonly string[]) => await project.json<readonly Row[]>(0, "ls", ...args);

  expect((await list("--sort", "auc", "--name", "train")).map(({ number, values }) => [number, values])).toEqual([
    [3, { auc: 0.45 }],
    [1, { auc: 0.2 }],
    [5, { auc: 0.0125 }],
  ]);
  expect(
    (await list("--sort", "auc:asc", "-n", "2", "-c", "depth")).map(({ number, values }) => [number, values]),
  ).toEqual([
    [5, { depth: 8, auc: 0.0125 }],
    [1, { depth: 4, auc: 0.2 }],
  ]);
  expect((await list("--where", "depth > 3 and rate < 0.5")).map(({ number }) => number)).toEqual([5]);
  const [again, first] = await list("--name", "two", "-c", "*.auc");
  expect(first).toMatchObject({
    values: { "first.auc": 0.5, "second.auc": 0.5 },
    allReused: false,
    nodes: { total: 2, ended: 2 },
  });
  expect(again).toMatchObject({ allReused: true });
  expect(await list("--executions", "--name", "two")).toMatchObject([
    { node: "second", runName: "two", values: {} },
    { node: "first", runName: "two" },
  ]);
  expect(await list("--executions", "--sort", "auc", "-n", "2", "-c", "depth", "--where", "depth > 1")).toMatchObject([
    { node: "train", state: "complete", values: { auc: 0.45, depth: 2 } },
    { node: "train", values: { auc: 0.2, depth: 4 } },
  ]);
  expect((await list("--since", "1d")).length).toBe(5);
  expect(await list("--until", "2020-01-01")).toEqual([]);

  const unknown = await project.headrace("ls", "--sort", "acu");
  expect([unknown.code, unknown.stderr]).toEqual([0, "note: no listed run has a value named acu; did you mean auc?\n"]);
  expect(await project.headrace("ls", "--where", "depth >")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      'error: the condition "depth >" cannot be read: the expression ends too early [HR_USAGE]\n',
    ),
  });
});
