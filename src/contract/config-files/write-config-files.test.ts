import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { temporaryExecution } from "../fixtures/temporary-execution.ts";
import type { StepFacts } from "../step-facts.ts";
import { SharedFiles } from "./shared-files.ts";
import { writeConfigFiles } from "./write-config-files.ts";

const FACTS: StepFacts = {
  executionId: "e1",
  executionNumber: 7,
  step: "train",
  image: "python:3.12",
  commit: "~abc",
  tags: [],
  createdAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  project: { id: "p1", name: "flights", owner: "ada" },
  parameters: {},
  inputs: [],
};
const FILE = {
  input: "data",
  name: "2024/a.csv",
  uri: "datum://d1",
  datumId: "d1",
  sha256: "ab".repeat(32),
  sizeBytes: 12,
} as const;

function written(
  facts: Partial<StepFacts>,
  root = "/valohai",
): (name: string) => { readonly json: unknown; readonly text: string; readonly yaml: string } {
  using folder = temporaryExecution();
  writeConfigFiles(folder, { ...FACTS, ...facts }, root);
  const texts = new Map(
    readdirSync(folder.config).map((name) => [name, readFileSync(join(folder.config, name), "utf8")]),
  );
  return (name) => {
    const text = texts.get(`${name}.json`) ?? "";
    return { json: JSON.parse(text), text, yaml: texts.get(`${name}.yaml`) ?? "" };
  };
}

describe("the config files", () => {
  test("are links where the step cannot write to them and many steps have them in common; files of their own are never written through", () => {
    using first = temporaryExecution();
    using second = temporaryExecution();
    const shared = new SharedFiles(join(first.root, "shared"));
    const facts = { ...FACTS, parameters: { lr: 1 }, runtime: { sandbox: "bubblewrap" } };
    for (const folder of [first, second]) writeConfigFiles(folder, facts, "/valohai", shared);
    const linked = readdirSync(first.config).filter((name) => statSync(join(first.config, name)).nlink > 1);
    expect(linked.sort()).toEqual([
      "api.json",
      "api.yaml",
      "inputs.json",
      "inputs.yaml",
      "runtime.json",
      "runtime.yaml",
    ]);
    writeConfigFiles(first, { ...facts, runtime: { sandbox: "none" } }, "/valohai");
    expect(readFileSync(join(second.config, "runtime.yaml"), "utf8")).toBe("sandbox: bubblewrap\n");
    expect(readFileSync(join(first.config, "runtime.yaml"), "utf8")).toBe("sandbox: none\n");
  });

  test("are one for both names where a step may write to them and they say the same", () => {
    using folder = temporaryExecution();
    const inodes = (): readonly boolean[] =>
      ["parameters", "inputs", "runtime"].map((name) => {
        const [json, yaml] = [".json", ".yaml"].map((end) => statSync(join(folder.config, `${name}${end}`)).ino);
        return json === yaml;
      });
    writeConfigFiles(folder, { ...FACTS, runtime: { sandbox: "none" } }, "/valohai");
    expect(inodes()).toEqual([true, true, false]);
    writeConfigFiles(folder, { ...FACTS, parameters: { lr: 1 } }, "/valohai");
    expect(inodes()).toEqual([false, true, true]);
    expect(readFileSync(join(folder.config, "parameters.yaml"), "utf8")).toBe("lr: 1\n");
  });

  test("are ten, each pair of one content, and may be written again", () => {
    using folder = temporaryExecution();
    const facts = {
      ...FACTS,
      parameters: { lr: 1e-7, name: "yes", list: [1, 2] },
      inputs: [{ name: "data", files: [FILE] }],
      runtime: { executor: "local" },
    };
    writeConfigFiles(folder, facts, "/valohai");
    writeConfigFiles(folder, facts, "/valohai");
    const names = ["api", "execution", "inputs", "parameters", "runtime"];
    expect(readdirSync(folder.config).sort()).toEqual(names.flatMap((name) => [`${name}.json`, `${name}.yaml`]));
    for (const name of names) {
      const json: unknown = JSON.parse(readFileSync(join(folder.config, `${name}.json`), "utf8"));
      const yaml = readFileSync(join(folder.config, `${name}.yaml`), "utf8");
      for (const version of ["1.1", "1.2"] as const) expect(parse(yaml, { version })).toEqual(json);
    }
  });

  test("say who the execution is", () => {
    expect(written({})("execution").json).toEqual({
      "valohai.commit-identifier": "~abc",
      "valohai.creator-email": null,
      "valohai.creator-id": null,
      "valohai.creator-name": null,
      "valohai.environment-id": null,
      "valohai.environment-name": null,
      "valohai.environment-slug": null,
      "valohai.execution-counter": 7,
      "valohai.execution-ctime": "2026-01-02T03:04:05.678+00:00",
      "valohai.execution-duration": null,
      "valohai.execution-id": "e1",
      "valohai.execution-image": "python:3.12",
      "valohai.execution-qtime": null,
      "valohai.execution-status": "started",
      "valohai.execution-step": "train",
      "valohai.execution-tags": [],
      "valohai.execution-title": null,
      "valohai.project-id": "p1",
      "valohai.project-name": "ada/flights",
    });
  });

  test("say everything that is known", () => {
    const { json } = written({
      title: "first",
      tags: ["a"],
      queuedAt: FACTS.createdAt + 1000,
      creator: { id: 3, name: "ada", email: "ada@example.org" },
      environment: { id: "v1", name: "This machine", slug: "local" },
      pipeline: { id: "r1", number: 6, nodeId: "n1", title: "nightly", tags: ["b"] },
      task: { id: "t1", number: 2 },
    })("execution");
    expect(json).toMatchObject({
      "valohai.creator-email": "ada@example.org",
      "valohai.creator-id": 3,
      "valohai.creator-name": "ada",
      "valohai.environment-id": "v1",
      "valohai.environment-name": "This machine",
      "valohai.environment-slug": "local",
      "valohai.execution-qtime": "2026-01-02T03:04:06.678+00:00",
      "valohai.execution-tags": ["a"],
      "valohai.execution-title": "first",
      "valohai.pipeline-counter": 6,
      "valohai.pipeline-id": "r1",
      "valohai.pipeline-node-id": "n1",
      "valohai.pipeline-tags": ["b"],
      "valohai.pipeline-title": "nightly",
      "valohai.task-counter": 2,
      "valohai.task-id": "t1",
    });
  });

  test.each(["/valohai", "/srv/headrace/executions/e1/valohai"])(
    "name input files as the step sees them below %s",
    (root) => {
      const inputs = [
        {
          name: "data",
          files: [
            { ...FILE, properties: { split: "train" } },
            { ...FILE, name: "b.csv", properties: {} },
          ],
        },
        { name: "nothing", files: [] },
      ];
      const file = {
        size: 12,
        uri: "datum://d1",
        checksums: { sha256: FILE.sha256 },
        datum_id: "d1",
        download_intent: "always",
      };
      expect(written({ inputs }, root)("inputs").json).toEqual({
        data: {
          files: [
            { name: "2024/a.csv", path: `${root}/inputs/data/2024/a.csv`, metadata: [{ split: "train" }], ...file },
            { name: "b.csv", path: `${root}/inputs/data/b.csv`, metadata: [], ...file },
          ],
        },
        nothing: { files: [] },
      });
    },
  );

  test("write parameters flat, floats as floats, and leave out what has no value", () => {
    const parameters = {
      epochs: 3,
      rate: 1,
      tiny: 1e-7,
      rates: [1, 2.5],
      name: "x",
      flag: true,
      off: false,
      none: null,
      empty: [],
      zero: 0,
      "": "",
    };
    const { text, yaml } = written({ parameters, floatParameters: ["rate", "rates"] })("parameters");
    expect(text).toBe(`{
  "epochs": 3,
  "rate": 1.0,
  "tiny": 1.0e-7,
  "rates": [1.0, 2.5],
  "name": "x",
  "flag": true,
  "off": false,
  "empty": [],
  "zero": 0,
  "": ""
}
`);
    expect(yaml).toBe(`epochs: 3
rate: 1.0
tiny: 1.0e-7
rates:
  - 1.0
  - 2.5
name: x
flag: true
"off": false
empty: []
zero: 0
"": ""
`);
    expect(written({ parameters: { none: null } })("parameters").text).toBe("{}\n");
  });

  test("carry what the executor and a server say", () => {
    const call = { set_status_detail: { url: "http://localhost:1/x", method: "POST", headers: { a: "b" } } };
    const read = written({ runtime: { executor: "local" }, api: call });
    expect([read("runtime").json, read("api").json]).toEqual([{ executor: "local" }, call]);
    expect([written({})("runtime").json, written({})("api").json]).toEqual([{}, {}]);
  });

  test("cannot be written where there is no folder", () => {
    using folder = temporaryExecution();
    rmSync(folder.config, { recursive: true });
    expect(() => writeConfigFiles(folder, FACTS, "/valohai")).toThrow("ENOENT");
  });
});
