import { expect, test } from "vitest";
import { outputTargets, type TargetedOutput } from "../index.ts";

function output(name: string, properties: TargetedOutput["properties"] = {}, id = `id of ${name}`): TargetedOutput {
  return { id, name, properties };
}

const PLAIN = { exclude: [], aliases: [] } as const;

test("without wishes there is nothing to do", () => {
  expect(outputTargets([{ name: "*" }], [output("a", { rows: 3, "valohai.tags": ["x"] })])).toEqual({
    targets: { aliases: [], datasetVersions: [], modelVersions: [] },
    problems: [],
  });
});

test("a declared output makes a version of the files that it fits; of one name the last", () => {
  const outputs = [output("raw/a.csv", {}, "old"), output("raw/a.csv"), output("raw/b.csv"), output("model.pkl")];
  const { targets, problems } = outputTargets(
    [
      { name: "raw/*.csv", dataset: "months" },
      { name: "raw/b.csv", dataset: "months" },
      { name: "gone-*", dataset: "others" },
    ],
    outputs,
  );
  const files = ["raw/a.csv", "raw/b.csv"].map((name) => ({ name, datumId: `id of ${name}` }));
  expect(targets.datasetVersions).toEqual([{ dataset: "months", ...PLAIN, files }]);
  expect(problems).toEqual(["no version of the dataset others was made: no output is called gone-*"]);
});

test("sidecars name aliases and versions, and files that name one version make it together", () => {
  const { targets, problems } = outputTargets(
    [],
    [
      output("a", { "valohai.alias": "best-a", "valohai.dataset-versions": ["dataset://d/v1", "dataset://e"] }),
      output("b", {
        "valohai.dataset-versions": [
          { uri: "dataset://d/v1", from: "dataset://c/latest", exclude: ["x"], targeting_aliases: ["prod"] },
          { uri: "dataset://f/v2", from: "dataset://f/v1", start_fresh: true },
        ],
      }),
    ],
  );
  const [a, b] = ["a", "b"].map((name) => ({ name, datumId: `id of ${name}` }));
  const from = { name: "c", version: "latest" };
  expect(targets).toEqual({
    aliases: [{ name: "best-a", datumId: "id of a" }],
    datasetVersions: [
      { dataset: "d", name: "v1", from, exclude: ["x"], aliases: ["prod"], files: [a, b] },
      { dataset: "e", ...PLAIN, files: [a] },
      { dataset: "f", name: "v2", ...PLAIN, files: [b] },
    ],
    modelVersions: [],
  });
  expect(problems).toEqual([]);
});

test("a version stands behind the one of the same execution that it is made from, and none is made from itself", () => {
  const version = (name: string, from: string) => ({ uri: `dataset://d/${name}`, from: `dataset://d/${from}` });
  const versions = [version("three", "two"), version("two", "one"), version("x", "y"), version("y", "x")];
  const { targets, problems } = outputTargets([], [output("a", { "valohai.dataset-versions": versions })]);
  expect(targets.datasetVersions.map(({ name }) => name)).toEqual(["two", "three"]);
  expect(problems).toEqual([
    "the version d/x was not made: it is made `from` itself, by way of others",
    "the version d/y was not made: it is made `from` itself, by way of others",
  ]);
});

test("declared outputs and sidecars that name one model make its version together", () => {
  const release = { model_uri: "model://delay/", model_version_tags: ["march"], model_release_note: "more trees" };
  const { targets, problems } = outputTargets(
    [{ name: "*.pkl", model: "delay" }],
    [
      output("model.pkl", { "valohai.model-versions": [release] }),
      output("schema.json", { "valohai.model-versions": ["model://delay", { uri: "model://other" }] }),
    ],
  );
  const files = ["model.pkl", "schema.json"].map((name) => ({ name, datumId: `id of ${name}` }));
  expect(targets.modelVersions).toEqual([
    { model: "delay", tags: ["march"], note: "more trees", files },
    { model: "other", tags: [], note: "", files: files.slice(1) },
  ]);
  expect(problems).toEqual([]);
  const missing = outputTargets([{ name: "*.pkl", model: "delay", dataset: "d" }], [output("a")]);
  expect(missing.targets.modelVersions).toEqual([]);
  expect(missing.problems).toEqual([
    "no version of the dataset d was made: no output is called *.pkl",
    "no version of the model delay was made: no output is called *.pkl",
  ]);
});

test.each<readonly [properties: Readonly<Record<string, unknown>>, problem: string]>([
  [
    { "valohai.alias": "a/b" },
    'the alias "a/b" may have letters, digits, `.`, `_` and `-`, with a letter or a digit in front',
  ],
  [{ "valohai.alias": 3 }, "valohai.alias has something that is no text"],
  [{ "valohai.dataset-versions": ["v1"] }, 'valohai.dataset-versions: "v1" is not of the form dataset://NAME/VERSION'],
  [{ "valohai.dataset-versions": [{}] }, "valohai.dataset-versions: {} is not of the form dataset://NAME/VERSION"],
  [{ "valohai.dataset-versions": null, "valohai.alias": "" }, 'the alias "" is empty'],
  [
    { "valohai.dataset-versions": "dataset://d/latest" },
    "valohai.dataset-versions: latest stands for the newest version by itself; give it a name, or none",
  ],
  [
    { "valohai.dataset-versions": { uri: "dataset://d/v", from: "v0" } },
    'valohai.dataset-versions: from: "v0" is not of the form dataset://NAME/VERSION',
  ],
  [
    { "valohai.dataset-versions": { uri: "dataset://d/v", exclude: [1] } },
    "valohai.dataset-versions: exclude has something that is no text",
  ],
  [
    { "valohai.dataset-versions": { uri: "dataset://d/v", targeting_aliases: ["latest"] } },
    'valohai.dataset-versions: the alias "latest" stands for the newest version by itself',
  ],
  [
    { "valohai.model-versions": "model://delay/3" },
    'valohai.model-versions: "model://delay/3" names a version: the model numbers them by itself',
  ],
  [{ "valohai.model-versions": [3] }, "valohai.model-versions: 3 is not of the form model://NAME"],
  [
    { "valohai.model-versions": { model_uri: "model://delay", model_version_tags: [3] } },
    "valohai.model-versions: model_version_tags has something that is no text",
  ],
])("%j is said to be wrong", (properties, problem) => {
  const { targets, problems } = outputTargets([], [output("a", properties)]);
  expect(targets).toEqual({ aliases: [], datasetVersions: [], modelVersions: [] });
  expect(problems).toEqual([`the properties of "a": ${problem}`]);
});

test("files that name different versions to be made from make none", () => {
  const wish = (from: string) => ({
    "valohai.dataset-versions": [{ uri: "dataset://d/v", from: `dataset://d/${from}` }],
  });
  const { targets, problems } = outputTargets([], [output("a", wish("one")), output("b", wish("two"))]);
  expect(targets.datasetVersions).toEqual([]);
  expect(problems).toEqual(["the version d/v was not made: its files name different `from`"]);
});
