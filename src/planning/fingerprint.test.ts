import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareFacts, type FactChange, type FingerprintFacts, fingerprintText } from "./fingerprint.ts";

const FACTS: FingerprintFacts = {
  step: "train",
  command: ["python train.py --rate=0.1"],
  image: "python:3.12",
  place: { executor: "local", platform: "linux/x64" },
  python: { packages: ["numpy"], version: "3.12", files: [["requirements.txt", "r1"]] },
  inputs: [{ name: "data", files: [{ name: "a.csv", sha256: "a1" }] }],
  parameters: { rate: 0.1 },
  floatParameters: ["rate"],
  environmentVariables: { MODE: "fast" },
  mounts: [],
};

test("one text, whatever order the keys were written in", () => {
  const turned = Object.fromEntries(Object.entries(FACTS).reverse()) as unknown as FingerprintFacts;
  expect(fingerprintText(turned)).toBe(fingerprintText(FACTS));
  expect(fingerprintText(FACTS)).toBe(
    '{"command":["python train.py --rate=0.1"],"environmentVariables":{"MODE":"fast"},"floatParameters":["rate"],"format":2,' +
      '"image":"python:3.12","inputs":{"data":[["a.csv","a1"]]},"mounts":[],"parameters":{"rate":0.1},' +
      '"place":{"executor":"local","platform":"linux/x64"},' +
      '"python":{"files":{"requirements.txt":"r1"},"packages":["numpy"],"version":"3.12"},"step":"train"}',
  );
});

describe("what differs is said", () => {
  const rows: readonly (readonly [what: string, change: Partial<FingerprintFacts>, changes: readonly FactChange[]])[] =
    [
      ["nothing", {}, []],
      [
        "a parameter",
        { parameters: { rate: 0.2, epochs: 3 } },
        [
          { kind: "parameter", name: "rate", before: 0.1, after: 0.2 },
          { kind: "parameter", name: "epochs", after: 3 },
        ],
      ],
      ["a parameter that is no longer there", { parameters: {} }, [{ kind: "parameter", name: "rate", before: 0.1 }]],
      [
        "a number that became a text",
        { parameters: { rate: "0.1" } },
        [{ kind: "parameter", name: "rate", before: 0.1, after: "0.1" }],
      ],
      [
        "an input file",
        { inputs: [{ name: "data", files: [{ name: "a.csv", sha256: "a2" }] }] },
        [{ kind: "input-file", input: "data", name: "a.csv", before: "a1", after: "a2" }],
      ],
      [
        "a renamed input file",
        { inputs: [{ name: "data", files: [{ name: "b.csv", sha256: "a1" }] }] },
        [
          { kind: "input-file", input: "data", name: "a.csv", before: "a1" },
          { kind: "input-file", input: "data", name: "b.csv", after: "a1" },
        ],
      ],
      [
        "what is said of an input file",
        { inputs: [{ name: "data", files: [{ name: "a.csv", sha256: "a1", properties: { split: "train" } }] }] },
        [{ kind: "input-properties", input: "data", name: "a.csv", after: { split: "train" } }],
      ],
      [
        "an input without files",
        { inputs: [...FACTS.inputs, { name: "more", files: [] }] },
        [{ kind: "input", input: "more", what: "added" }],
      ],
      ["the command", { command: ["make"] }, [{ kind: "command", before: FACTS.command, after: ["make"] }]],
      [
        "a variable",
        { environmentVariables: { MODE: "slow" } },
        [{ kind: "environment-variable", name: "MODE", before: "fast", after: "slow" }],
      ],
      ["the image", { image: "r:4" }, [{ kind: "image", name: "image", before: "python:3.12", after: "r:4" }]],
      [
        "the place",
        { place: { executor: "docker", platform: "linux/x64" } },
        [{ kind: "place", name: "executor", before: "local", after: "docker" }],
      ],
      [
        "packages and requirements",
        { python: { packages: ["numpy", "scipy"], version: "3.12", files: [["requirements.txt", "r2"]] } },
        [
          { kind: "python", name: "packages", before: ["numpy"], after: ["numpy", "scipy"] },
          { kind: "requirements-file", path: "requirements.txt", before: "r1", after: "r2" },
        ],
      ],
      [
        "a mount",
        { mounts: [{ source: "/d", destination: "/d", readonly: true, options: {} }] },
        [expect.objectContaining({ kind: "setting", name: "mounts" })],
      ],
      [
        "what it sees of the machine, which records of before do not say",
        { surroundings: { "variable TZ": "UTC" } },
        [{ kind: "surroundings-unknown" }],
      ],
      [
        "a stop-condition",
        { stopCondition: "loss < 1" },
        [{ kind: "setting", name: "stop-condition", after: "loss < 1" }],
      ],
      ["the step", { step: "other" }, [{ kind: "setting", name: "step", before: "train", after: "other" }]],
    ];
  test.each(rows)("%s", (_what, change, changes) => {
    expect(compareFacts(FACTS, { ...FACTS, ...change })).toEqual(changes);
  });

  test("what both see of the machine", () => {
    const [before, after] = ["UTC", "Asia/Tokyo"].map((zone) => ({ ...FACTS, surroundings: { "variable TZ": zone } }));
    if (before === undefined || after === undefined) throw new Error("no facts");
    expect(compareFacts(before, after)).toEqual([
      { kind: "surroundings", name: "variable TZ", before: "UTC", after: "Asia/Tokyo" },
    ]);
    expect(fingerprintText(before)).not.toBe(fingerprintText(after));
  });

  test("the order of an input's files counts", () => {
    const files = [
      { name: "a", sha256: "1" },
      { name: "b", sha256: "2" },
    ];
    const [before, after] = [files, files.toReversed()].map((list) => ({
      ...FACTS,
      inputs: [{ name: "data", files: list }],
    }));
    if (before === undefined || after === undefined) throw new Error("no facts");
    expect(compareFacts(before, after)).toEqual([{ kind: "input", input: "data", what: "reordered" }]);
  });

  test("the order of the inputs, and that of the parameters, does not", () => {
    const inputs = [...FACTS.inputs, { name: "more", files: [] }];
    const [before, after] = [
      { ...FACTS, inputs },
      { ...FACTS, inputs: inputs.toReversed() },
    ];
    expect(compareFacts(before, after)).toEqual([]);
    expect(fingerprintText(before)).toBe(fingerprintText(after));
  });
});

const value = fc.oneof(
  fc.string({ maxLength: 2 }),
  fc.constantFrom(0, -0, 1, 0.1, Number.NaN, Number.POSITIVE_INFINITY),
  fc.boolean(),
  fc.constant(null),
);
const names = fc.constantFrom("a", "b", "__proto__", "ä");
const facts: fc.Arbitrary<FingerprintFacts> = fc.record(
  {
    step: fc.constantFrom("s", "t"),
    command: fc.array(fc.constantFrom("x", "x,y", '"'), { maxLength: 2 }),
    image: fc.constantFrom("", "i"),
    place: fc.dictionary(names, fc.constantFrom("1", "2"), { maxKeys: 1 }),
    python: fc.record(
      {
        packages: fc.array(fc.constantFrom("p", "q"), { maxLength: 2 }),
        version: fc.constantFrom("3", "4"),
        files: fc.uniqueArray(fc.tuple(fc.constantFrom("r", "s"), fc.constantFrom("1", "2")), {
          maxLength: 2,
          selector: ([path]) => path,
        }),
      },
      { requiredKeys: ["packages", "files"] },
    ),
    inputs: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom("i", "j"),
        files: fc.uniqueArray(
          fc.record(
            {
              name: fc.constantFrom("f", "g"),
              sha256: fc.constantFrom("1", "2"),
              properties: fc.dictionary(names, value, { maxKeys: 1 }),
            },
            { requiredKeys: ["name", "sha256"] },
          ),
          {
            maxLength: 2,
            selector: (file) => file.name,
          },
        ),
      }),
      { maxLength: 2, selector: (input) => input.name },
    ),
    parameters: fc.dictionary(names, fc.oneof(value, fc.array(value, { maxLength: 2 })), { maxKeys: 2 }),
    floatParameters: fc.subarray(["a", "b"]),
    environmentVariables: fc.dictionary(names, fc.constantFrom("", "1"), { maxKeys: 2 }),
    mounts: fc.constant([]),
    surroundings: fc.dictionary(names, fc.constantFrom("", "1"), { maxKeys: 2 }),
    stopCondition: fc.constantFrom("a", "b"),
  },
  {
    requiredKeys: [
      "step",
      "command",
      "image",
      "place",
      "inputs",
      "parameters",
      "floatParameters",
      "environmentVariables",
      "mounts",
    ],
  },
);

test("there is a difference to be named exactly when the texts differ", () => {
  fc.assert(
    fc.property(facts, facts, (before, after) => {
      expect(compareFacts(before, after).length === 0).toBe(fingerprintText(before) === fingerprintText(after));
      expect(compareFacts(before, structuredClone(before))).toEqual([]);
    }),
  );
});
