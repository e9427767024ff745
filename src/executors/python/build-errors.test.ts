import { describe, expect, test } from "vitest";
import { buildFailure, causeLines } from "./build-errors.ts";

const PIP_HEADER = `Building wheels for collected packages: x
  Building wheel for x (setup.py): started
  error: subprocess-exited-with-error
  × python setup.py bdist_wheel did not run successfully.
  │ exit code: 1
  ╰─> [4 lines of output]
      running build_ext
      x.c:1:10: fatal error: zlib.h: No such file or directory
      compilation terminated.
      error: command '/usr/bin/gcc' failed with exit code 1
      [end of output]
  note: This error originates from a subprocess, and is likely not a problem with pip.
  ERROR: Failed building wheel for x`.split("\n");

describe("what an installer says of a failure", () => {
  test("uv's error stands with all of its causes", () => {
    const lines = [
      "Resolved 3 packages",
      "error: No solution found when resolving dependencies",
      "  cause: Because a was not found …",
      "hint: h",
    ];
    expect(causeLines(lines)).toEqual(lines.slice(1));
  });

  test("a missing header is told, and pip's frame is not", () => {
    expect(causeLines(PIP_HEADER)).toEqual([
      "      x.c:1:10: fatal error: zlib.h: No such file or directory",
      "      error: command '/usr/bin/gcc' failed with exit code 1",
    ]);
  });

  test.each([
    [
      "      LookupError: setuptools-scm was unable to detect version for /x",
      "      LookupError: setuptools-scm was unable to detect version for /x",
    ],
    ["      Please install libfoo first", "      Please install libfoo first"],
    ["      OSError: [Errno 28] No space left on device", "      OSError: [Errno 28] No space left on device"],
  ])("the last word of a build is told: %s", (said, expected) => {
    const lines = [
      "  error: subprocess-exited-with-error",
      "  ╰─> [2 lines of output]",
      "      running",
      said,
      "      [end of output]",
    ];
    expect(causeLines(lines)).toEqual([expected]);
  });

  test("the last lines are told where none looks like a cause, and many are cut in the middle", () => {
    expect(causeLines(Array.from({ length: 30 }, (_, index) => `${index}`))).toEqual(
      Array.from({ length: 20 }, (_, index) => `${index + 10}`),
    );
    const many = causeLines(Array.from({ length: 30 }, (_, index) => `ERROR: ${index}`));
    expect([many.length, many[0], many.at(-2), many.at(-1)]).toEqual([20, "ERROR: 0", "…", "ERROR: 29"]);
  });
});

describe("the error of a build", () => {
  const origins = {
    "requirements.txt": [
      { text: "six", where: "r.txt:2" },
      { text: "bad req!!", where: "more.txt:7" },
    ],
    "options.txt": [{ text: "--pre", where: "r.txt:1" }],
  };
  const failure = (...lines: readonly string[]) =>
    buildFailure({ name: "uv pip compile", outcome: "ended with status 1", lines, log: "/l" }, origins);

  test.each([
    [
      "ERROR: Invalid requirement: 'bad req!!' (from line 2 of requirements.txt)",
      "ERROR: Invalid requirement: 'bad req!!' (from more.txt:7)",
    ],
    [
      "error: Couldn't parse requirement in `requirements.txt` at position 4",
      "error: Couldn't parse requirement in more.txt:7",
    ],
    ["ERROR: no such thing (from -r requirements.txt (line 1))", "ERROR: no such thing (from r.txt:2)"],
    ["error: requirements.txt:1:3: unexpected", "error: r.txt:2: unexpected"],
    ["error: options.txt:1 is wrong", "error: r.txt:1 is wrong"],
    ["error: other.txt:1 is wrong", "error: other.txt:1 is wrong"],
  ])("%j is told as %j", (line, told) => {
    expect(failure(line).details).toEqual([told]);
  });

  test.each([
    ["x No solution found when resolving", "check the names and versions, and the package index; "],
    ["because ensurepip is not available.", "install the package python3-venv, or uv; "],
    [
      "a.c: fatal error: Python.h: No such file",
      "install the library's development files (such as python3-dev), or a version that has a wheel; ",
    ],
    ["No space left on device", "make room on the disk, or name another: HEADRACE_PYTHON_ENVIRONMENTS; "],
    ["error: something else", ""],
  ])("the hint for %j", (line, hint) => {
    expect(failure(line).hint).toBe(`${hint}the log of the step has the whole output, as has /l`);
  });
});
