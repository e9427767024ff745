import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { environmentVariables, inputAssignments, parameterAssignments, parseAssignment } from "./assignments.ts";

const PIPELINE = { nodes: new Set(["train", "train.big", "evaluate"]), names: new Set(["seed", "train.all"]) };
const STEP = { nodes: new Set<string>(), names: new Set(["rate", "model.depth"]) };

describe("parseAssignment", () => {
  it.each([
    ["rate=0.1", "rate", "0.1"],
    ["rate=", "rate", ""],
    ["query=a=b", "query", "a=b"],
    ["train.rate=-1", "train.rate", "-1"],
    ["text= two words ", "text", " two words "],
  ])("%j", (text, key, value) => {
    expect(parseAssignment(text, "--param", "NAME=VALUE")).toEqual({ key, value });
  });

  it.each([
    ["rate", '--param "rate" has no value: it lacks an `=`'],
    ["=0.1", '--param "=0.1" has no name before an `=`'],
    ["", '--param "" has no value: it lacks an `=`'],
  ])("%j is refused", (text, message) => {
    expect(() => parseAssignment(text, "--param", "NAME=VALUE")).toThrow(
      expect.objectContaining({ code: "HR_USAGE", message, hint: "write --param NAME=VALUE" }),
    );
  });
});

describe("parameterAssignments", () => {
  const keys = (scope: typeof PIPELINE, ...texts: string[]) =>
    parameterAssignments(
      texts.map((text) => parseAssignment(text, "--param", "")),
      scope,
    );

  it("reads a name with a node before it only where there is such a node", () => {
    expect(keys(PIPELINE, "seed=1", "train.rate=2", "train.big.rate=3", "train.all=4", "trian.rate=5")).toEqual([
      { name: "seed", values: ["1"] },
      { node: "train", name: "rate", values: ["2"] },
      { node: "train.big", name: "rate", values: ["3"] },
      { name: "train.all", values: ["4"] },
      { node: "trian", name: "rate", values: ["5"] },
    ]);
  });

  it("takes a dot as part of the name for a step", () => {
    expect(keys(STEP, "rate=1", "model.depth=2", "other.thing=3")).toEqual([
      { name: "rate", values: ["1"] },
      { name: "model.depth", values: ["2"] },
      { name: "other.thing", values: ["3"] },
    ]);
  });

  it("makes a list of what is repeated, in its order", () => {
    expect(keys(PIPELINE, "seed=1", "train.rate=2", "seed=3", "seed=")).toEqual([
      { name: "seed", values: ["1", "3", ""] },
      { node: "train", name: "rate", values: ["2"] },
    ]);
  });

  it("loses no value, whatever the names", () => {
    const raw = fc.array(fc.record({ key: fc.string({ minLength: 1 }), value: fc.string() }));
    fc.assert(
      fc.property(raw, (list) => {
        const values = parameterAssignments(list, PIPELINE).flatMap((assignment) => assignment.values);
        expect(values.toSorted()).toEqual(list.map(({ value }) => value).toSorted());
      }),
    );
  });
});

describe("inputAssignments", () => {
  it("adds up the URIs of an input", () => {
    const raw = [
      { key: "train.images", value: "a.npz" },
      { key: "train.images", value: "https://x.test/b.npz" },
    ];
    expect(inputAssignments(raw, PIPELINE)).toEqual([
      { node: "train", name: "images", uris: ["a.npz", "https://x.test/b.npz"] },
    ]);
  });
});

describe("environmentVariables", () => {
  it("takes the last of a name", () => {
    expect(environmentVariables(["A=1", "B_2=x=y", "A="])).toEqual({ A: "", B_2: "x=y" });
  });

  it.each(["2A=1", "A-B=1", "A B=1"])("refuses %j", (text) => {
    expect(() => environmentVariables([text])).toThrow(
      expect.objectContaining({
        code: "HR_USAGE",
        message: `--env ${JSON.stringify(text)}: ${JSON.stringify(text.slice(0, text.indexOf("=")))} cannot name an environment variable`,
        hint: "use letters, digits and underscores, and do not begin with a digit",
      }),
    );
  });
});
