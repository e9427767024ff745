import { CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { HeadraceError } from "../errors.ts";
import { failureJson, failureOf, renderFailure } from "./failure.ts";
import { makeStyle, PLAIN } from "./terminal/style.ts";

function shown(error: unknown, debug = false): readonly string[] {
  const failure = failureOf(error);
  return failure === undefined ? [] : renderFailure(failure, { style: PLAIN, debug });
}

describe("what a user sees of an error", () => {
  it("is the message, the details and the hint, and the code in brackets", () => {
    const error = new HeadraceError("HR_PLAN_INVALID", "train cannot run as requested: 2 problems", {
      details: ["input images has no file", "parameter rate: `many` is no number\nsecond line"],
      hint: "nothing was run",
    });
    expect(shown(error)).toEqual([
      "error: train cannot run as requested: 2 problems [HR_PLAN_INVALID]",
      "  input images has no file",
      "  parameter rate: `many` is no number",
      "  second line",
      "hint: nothing was run",
    ]);
  });

  it("is never a stack trace unless asked for, and then the causes' as well", () => {
    const error = new HeadraceError("HR_DISK_FULL", "no space left", { cause: new Error("ENOSPC") });
    expect(shown(error)).toEqual(["error: no space left [HR_DISK_FULL]"]);
    const lines = shown(error, true).join("\n");
    expect(lines).toMatch(/\n\s+at .*failure\.test\.ts/);
    expect(lines).toContain("caused by Error: ENOSPC");
  });

  it.each([[new TypeError("x is not a function")], [new HeadraceError("HR_INTERNAL", "x is not a function")]])(
    "of our own defects says that they are ours (%o)",
    (error) => {
      expect(shown(error)).toEqual([
        "error: this is a defect of Headrace: x is not a function [HR_INTERNAL]",
        "hint: please report it where you got Headrace from, with the output of the same command with --debug added; what was recorded before is safe",
      ]);
    },
  );

  it("is of what failed first, and not of what closing things brought to light after it", () => {
    const first = new HeadraceError("HR_DISK_FULL", "no space left");
    const closing = new SuppressedError(new Error("the log cannot be closed"), first);
    expect(shown(new SuppressedError(new Error("nor the store"), closing))).toEqual([
      "error: no space left [HR_DISK_FULL]",
    ]);
  });

  it("of the parser's errors has its suggestion as the hint", () => {
    expect(
      shown(
        new CommanderError(1, "commander.unknownOption", "error: unknown option '--limt'\n(Did you mean --limit?)"),
      ),
    ).toEqual(["error: unknown option '--limt' [HR_USAGE]", "hint: did you mean --limit?"]);
    expect(
      shown(new CommanderError(1, "commander.missingArgument", "error: missing required argument 'number'")),
    ).toEqual([
      "error: missing required argument 'number' [HR_USAGE]",
      "hint: `headrace --help` lists the commands, `headrace COMMAND --help` their options",
    ]);
  });

  it("is nothing where help was shown", () => {
    expect(failureOf(new CommanderError(0, "commander.helpDisplayed", "(outputHelp)"))).toBeUndefined();
  });

  it("has colour on a terminal", () => {
    const failure = failureOf(new HeadraceError("HR_USAGE", "no", { hint: "yes" }));
    expect(failure && renderFailure(failure, { style: makeStyle(true), debug: false })).toEqual([
      "\u001b[1m\u001b[31merror:\u001b[39m\u001b[22m no \u001b[2m[HR_USAGE]\u001b[22m",
      "\u001b[1m\u001b[36mhint:\u001b[39m\u001b[22m yes",
    ]);
  });
});

describe("exit codes", () => {
  it.each([
    ["HR_USAGE", 2],
    ["HR_CONFIG_INVALID", 2],
    ["HR_PLAN_INVALID", 2],
    ["HR_UNKNOWN_TARGET", 2],
    ["HR_NOT_FOUND", 2],
    ["HR_FILE_EXISTS", 2],
    ["HR_DISK_FULL", 1],
    ["HR_INPUT_UNAVAILABLE", 1],
    ["HR_STORE_UNAVAILABLE", 1],
    ["HR_BLOBS_UNAVAILABLE", 1],
    ["HR_FILE_CHANGED", 1],
    ["HR_INTERNAL", 1],
  ] as const)("%s is %i", (code, exitCode) => {
    expect(failureOf(new HeadraceError(code, "x"))?.exitCode).toBe(exitCode);
  });
});

describe("--json", () => {
  it("prints the same as an object", () => {
    const advice = ["see ", { do: "show-run", run: 12 }] as const;
    const failure = failureOf(new HeadraceError("HR_USAGE", "no", { hint: advice, details: ["a"] }));
    expect(failure && JSON.parse(failureJson(failure, false))).toEqual({
      error: { code: "HR_USAGE", message: "no", hint: "see the page of run 12", advice, details: ["a"] },
    });
    expect(failure && failureJson(failure, true)).not.toContain("\n");
    expect(failure && JSON.parse(failureJson(failure, true)).error.stack).toContain("failure.test.ts");
  });
});
