import { describe, expect, test } from "vitest";
import type { CodeShare, FactChange, RunReason } from "../../../planning/index.ts";
import { codeChange, factChange } from "./change-words.ts";
import { codeWords, reasonWords, reusedWords } from "./why-words.ts";

const origin = (input: string) => (input === "model" ? "made by train #12" : undefined);

describe("the words for a difference", () => {
  test.each<readonly [FactChange, string]>([
    [{ kind: "parameter", name: "rate", before: 0.5, after: 0.25 }, "parameter rate: 0.5 → 0.25"],
    [{ kind: "parameter", name: "rate", after: [1, 2] }, "parameter rate is new: [1,2]"],
    [{ kind: "parameter", name: "rate", before: "x" }, 'parameter rate is gone (it was "x")'],
    [{ kind: "environment-variable", name: "MODE", before: "a", after: "b" }, 'environment variable MODE: "a" → "b"'],
    [{ kind: "image", name: "image", before: "a", after: "b" }, 'image: "a" → "b"'],
    [{ kind: "place", name: "executor", before: "local", after: "docker" }, `the place's executor: "local" → "docker"`],
    [
      { kind: "surroundings", name: "variable TZ", before: "UTC", after: "Asia/Tokyo" },
      'variable TZ: "UTC" → "Asia/Tokyo"',
    ],
    [
      { kind: "surroundings-unknown" },
      "the earlier execution was recorded by a version of Headrace that did not note what steps see of the machine",
    ],
    [{ kind: "python", name: "version", before: "3.11", after: "3.12" }, 'python version: "3.11" → "3.12"'],
    [{ kind: "setting", name: "stop-condition", after: "a > 1" }, `the step's stop-condition is new: "a > 1"`],
    [{ kind: "requirements-file", path: "r.txt", before: "1", after: "2" }, "changed requirements file r.txt"],
    [
      { kind: "input-file", input: "model", name: "m.pkl", before: "1", after: "2" },
      "changed input file model/m.pkl (made by train #12)",
    ],
    [{ kind: "input-file", input: "data", name: "a.csv", after: "2" }, "new input file data/a.csv"],
    [{ kind: "input-file", input: "data", name: "a.csv", before: "2" }, "missing input file data/a.csv"],
    [{ kind: "input", input: "data", what: "reordered" }, "input data has its files in another order"],
    [
      { kind: "input-properties", input: "data", name: "a.csv", before: { split: "train" } },
      "the properties of input file data/a.csv differ",
    ],
    [{ kind: "input", input: "data", what: "removed" }, "input data was removed"],
    [{ kind: "command", before: [], after: ["x"] }, "the command differs"],
  ])("%j", (change, text) => {
    expect(factChange(change, origin).text).toBe(text);
  });

  test.each([
    ["changed", "changed code file a.py"],
    ["removed", "code file a.py is gone"],
    ["appeared", "new code file a.py"],
    ["listing", "the step listed folder a.py, and other names stand in it now"],
  ] as const)("code that is %s", (what, text) => {
    expect(codeChange({ path: "a.py", what }, null)).toEqual({
      kind: "code-file",
      name: "a.py",
      before: null,
      after: null,
      text,
      diff: null,
    });
  });
});

describe("a folder that was listed", () => {
  test.each<[readonly string[], readonly string[], string]>([
    [["README.md"], [], "README.md is new in it"],
    [["a", "b/"], ["c"], "a, b/ are new in it and c is gone from it"],
    [[], ["a", "b", "c", "d", "e"], "a, b, c and 2 more are gone from it"],
  ])("%j %j", (added, removed, words) => {
    const { text } = codeChange({ path: ".", what: "listing", names: { added, removed } }, null);
    expect(text).toBe(`the step listed folder ., and ${words}`);
  });
});

describe("the words for a reason", () => {
  const changes = ["one", "two", "three"].map((text) => ({
    kind: "parameter" as const,
    name: "",
    before: null,
    after: null,
    text,
    diff: null,
  }));

  test.each<readonly [RunReason, number, string]>([
    [{ kind: "first-time" }, 0, "no execution of this step had succeeded before"],
    [{ kind: "forced" }, 0, "it was to run afresh, whatever there was before"],
    [{ kind: "off", by: "step" }, 0, "the step's `reuse` is off"],
    [{ kind: "off", by: "pipeline" }, 0, "the pipeline has `reuse-executions: false`"],
    [
      { kind: "outputs-gone", files: ["a", "b"] },
      0,
      "nothing has changed, but output a; output b of the earlier execution are no longer stored whole",
    ],
    [
      { kind: "inputs-unavailable", message: "no such file" },
      0,
      "an input could not be had, so there was nothing to compare: no such file",
    ],
    [{ kind: "changed" }, 0, "something that counts has changed"],
    [{ kind: "changed" }, 2, "one; two"],
    [{ kind: "code-changed" }, 3, "one; two; and 1 more"],
    [{ kind: "code-changed" }, 0, "the code that it uses has changed"],
  ])("%j with %i changes", (why, count, text) => {
    expect(reasonWords(why, changes.slice(0, count), undefined)).toBe(text);
  });

  test("of code that is no longer stored", () => {
    const text = "the code of the earlier execution is no longer stored, so that it cannot be compared";
    expect(reasonWords({ kind: "code-changed" }, [], "gone")).toBe(text);
  });

  test("of a reuse", () => {
    expect(reusedWords(5, undefined)).toBe("nothing that counts has changed since execution 5");
    expect(reusedWords(5, "b")).toBe("nothing that counts has changed since execution 5 (of node b)");
  });

  const unseen: CodeShare = {
    kind: "snapshot",
    manifestSha256: "",
    why: { kind: "unseen", message: "a shell pipeline" },
  };
  test.each<readonly [Parameters<typeof codeWords>, string]>([
    [["same-version", unseen, undefined], "the code is the same version"],
    [["trace", { kind: "trace", sha256: "" }, 1], "what the step was seen to use of the code counts: 1 file"],
    [
      ["read", { kind: "read", sha256: "", why: "" }, undefined],
      "the files that the step read count (reuse: {code: read})",
    ],
    [["globs", { kind: "globs", globs: ["a", "b"], sha256: "" }, undefined], "the files that match a, b count"],
    [["everything", unseen, undefined], "every file of the code counts: a shell pipeline"],
    [
      ["everything", { ...unseen, why: { kind: "asked" } }, undefined],
      "every file of the code counts (reuse: {code: all})",
    ],
    [
      ["everything", { kind: "read", sha256: "", why: "a binary" }, undefined],
      "every file of the code counts: a binary",
    ],
  ])("of the code: %j", (call, text) => {
    expect(codeWords(...call)).toBe(text);
  });
});
