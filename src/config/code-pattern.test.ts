import { expect, test } from "vitest";
import { compileCodePattern } from "./code-pattern.ts";

test.each([
  ["train.py", ["train.py"]],
  ["./train.py", ["train.py"]],
  ["lib", ["lib/a.py", "lib/deep/b.py"]],
  ["lib/", ["lib/a.py", "lib/deep/b.py"]],
  ["lib/*.py", ["lib/a.py", "lib/deep/b.py"]],
  ["*.txt", []],
  [".", ["train.py", "lib/a.py", "lib/deep/b.py", "library.py"]],
])("%j", (pattern, found) => {
  expect(["train.py", "lib/a.py", "lib/deep/b.py", "library.py"].filter(compileCodePattern(pattern))).toEqual(found);
});
