import { describe, expect, it } from "vitest";
import { parseDynamicOptions } from "./dynamic-options.ts";
import type { Settable } from "./target.ts";

const SETTABLES: readonly Settable[] = [
  { key: "rate", kind: "parameter", isFlag: false },
  { key: "learning_rate", kind: "parameter", isFlag: false },
  { key: "verbose", kind: "parameter", isFlag: true },
  { key: "no-cache", kind: "parameter", isFlag: true },
  { key: "train.epochs", kind: "parameter", isFlag: false },
  { key: "images", kind: "input", isFlag: false },
];
const CONTEXT = { target: "flights", settables: SETTABLES, ownOptions: ["--param", "--title", "--jobs"] };

describe("parseDynamicOptions", () => {
  it.each([
    [["--rate=0.1"], [["rate", "0.1"]]],
    [["--rate", "0.1"], [["rate", "0.1"]]],
    [["--rate", "-0.1"], [["rate", "-0.1"]]],
    [["--rate="], [["rate", ""]]],
    [["--rate=a=b"], [["rate", "a=b"]]],
    [
      ["--rate=1", "--rate=2"],
      [
        ["rate", "1"],
        ["rate", "2"],
      ],
    ],
    [["--learning-rate=1"], [["learning_rate", "1"]]],
    [["--Learning_Rate=1"], [["learning_rate", "1"]]],
    [["--train.epochs", "5"], [["train.epochs", "5"]]],
    [["--verbose"], [["verbose", "true"]]],
    [["--no-verbose"], [["verbose", "false"]]],
    [["--verbose=false"], [["verbose", "false"]]],
    [
      ["--verbose", "--rate=1"],
      [
        ["verbose", "true"],
        ["rate", "1"],
      ],
    ],
    [["--no-cache"], [["no-cache", "true"]]],
    [["--no-no-cache"], [["no-cache", "false"]]],
    [["--rate=two\nlines"], [["rate", "two\nlines"]]],
  ] as const)("%j", (tokens, parameters) => {
    expect(parseDynamicOptions(tokens, CONTEXT)).toEqual({
      parameters: parameters.map(([key, value]) => ({ key, value })),
      inputs: [],
    });
  });

  it("knows inputs as well", () => {
    expect(parseDynamicOptions(["--images=a.npz"], CONTEXT)).toEqual({
      parameters: [],
      inputs: [{ key: "images", value: "a.npz" }],
    });
  });

  it.each([
    [
      ["--epochs=1"],
      "unknown option --epochs: neither an option of `headrace run` nor a parameter or input of flights",
      "it belongs to a node: say --train.epochs",
    ],
    [
      ["--rte=1"],
      "unknown option --rte: neither an option of `headrace run` nor a parameter or input of flights",
      "did you mean --rate?",
    ],
    [
      ["--titel=x"],
      "unknown option --titel: neither an option of `headrace run` nor a parameter or input of flights",
      "did you mean --title?",
    ],
    [
      ["--something-else"],
      "unknown option --something-else: neither an option of `headrace run` nor a parameter or input of flights",
      "`headrace run flights --dry-run` shows the parameters and inputs of flights",
    ],
    [
      ["--no-rate"],
      "unknown option --no-rate: neither an option of `headrace run` nor a parameter or input of flights",
      "did you mean --rate?",
    ],
    [["--rate"], "option --rate has no value", "write --rate=VALUE"],
    [
      ["stray"],
      'unexpected argument "stray" after flights',
      "set a parameter with --param NAME=VALUE, an input with --input NAME=URI",
    ],
    [
      ["-x"],
      'unexpected argument "-x" after flights',
      "set a parameter with --param NAME=VALUE, an input with --input NAME=URI",
    ],
  ])("%j is refused", (tokens, message, hint) => {
    expect(() => parseDynamicOptions(tokens, CONTEXT)).toThrow(
      expect.objectContaining({ code: "HR_USAGE", message, hint }),
    );
  });

  it("does not guess between two that are alike", () => {
    const settables: readonly Settable[] = [
      { key: "max-depth", kind: "parameter", isFlag: false },
      { key: "max_depth", kind: "parameter", isFlag: false },
    ];
    expect(parseDynamicOptions(["--max_depth=1"], { ...CONTEXT, settables }).parameters).toEqual([
      { key: "max_depth", value: "1" },
    ]);
    expect(() => parseDynamicOptions(["--MAX-depth=1"], { ...CONTEXT, settables })).toThrow(
      "unknown option --MAX-depth",
    );
  });
});
