import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { splitCodePattern, valueAtKey } from "./code-key.ts";

const YAML = `# comment
seed: 1
train:
  lr: 0.1 # why
  layers: [10, 20]
  deep: {x: "1"}
  steps:
    - name: a
    - name: b
text: |
  one
  two
nothing:
"quoted key": yes
`;

test.each([
  ["seed", "1"],
  ["train.lr", "0.1"],
  ["train.layers", "[10, 20]"],
  ["train.layers.1", "20"],
  ["train.deep.x", '"1"'],
  ["train.steps.1.name", "b"],
  ["train.steps", "- name: a\n    - name: b\n"],
  ["text", "|\n  one\n  two\n"],
  ["nothing", ""],
  ["quoted key", "yes"],
])("the value at %s is its text", (key, text) => {
  expect(valueAtKey(YAML, key)).toEqual({ kind: "value", text });
});

test.each([
  ["gone", ": a mapping"],
  ["train.gone", "train: a mapping"],
  ["train.layers.2", "train.layers: a list of 2"],
  ["train.layers.x", "train.layers: a list of 2"],
  ["seed.gone", "seed: 1"],
  ["nothing.gone", "nothing: "],
  ["train..lr", "train: a mapping"],
])("%s is absent, and what stands there instead counts", (key, instead) => {
  expect(valueAtKey(YAML, key)).toEqual({ kind: "absent", instead });
});

test.each([
  ["a: &x 1\nb: *x\n"],
  ["base: {a: 1}\nb:\n  <<: {a: 2}\n"],
  ["a: !!int '1'\n"],
  ["a: 1\na: 2\n"],
  ["a: 1\n---\na: 2\n"],
  ["%YAML 1.1\n---\na: 1\n"],
  ["a: [\n"],
  ["? [x, y]\n: 1\na: 1\n"],
  [`a: ${"[".repeat(10_000)}\n`],
  [`a: 1\n# ${"x".repeat(1024 * 1024)}\n`],
  ["{a: 1, b: {a: 2, a: 3}}"],
])("a file whose values are not their text alone counts as a whole: %#", (text) => {
  expect(valueAtKey(text, "a")).toBeUndefined();
});

test("JSON is read, also with tabs", () => {
  expect(valueAtKey('{\n\t"train": {\n\t\t"lr": 0.1,\n\t\t"on": null\n\t}\n}\n', "train.lr")).toEqual({
    kind: "value",
    text: "0.1",
  });
  expect(valueAtKey('{"a": {"b": [1, "x"]}}', "a.b.1")).toEqual({ kind: "value", text: '"x"' });
});

test("a value that changes changes its text, and nothing else does", () => {
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string(), { maxLength: 3 }),
    fc.constant(null),
  );
  const record = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), value, { minKeys: 2, maxKeys: 5 });
  fc.assert(
    fc.property(record, fc.boolean(), value, (before, isJson, changed) => {
      const write = (content: object): string =>
        isJson ? JSON.stringify(content, null, 2) : stringify(content, { aliasDuplicateObjects: false });
      const [one = "", two = ""] = Object.keys(before);
      const after = { ...before, [one]: changed };
      const isSame = JSON.stringify(before[one]) === JSON.stringify(changed);
      const at = (content: object, key: string) => valueAtKey(write(content), key);
      expect(at(before, one)?.kind).toBe("value");
      expect(JSON.stringify(at(before, one)) === JSON.stringify(at(after, one))).toBe(isSame);
      expect(at(before, two)).toEqual(at(after, two));
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["params.yaml#train.lr", { files: "params.yaml", key: "train.lr" }],
  ["conf/*.json#a", { files: "conf/*.json", key: "a" }],
  ["params.yaml", { files: "params.yaml" }],
  ["notes#1.txt", { files: "notes#1.txt" }],
  ["a.yaml#", { files: "a.yaml#" }],
  ["pyproject.toml#x", { files: "pyproject.toml#x" }],
])("%s", (pattern, expected) => {
  expect(splitCodePattern(pattern)).toEqual(expected);
});
