import { expect, test } from "vitest";
import { readArgparse, type ScriptOption } from "./argparse-options.ts";

const plain = { type: "string", optional: true, isMultiple: false } as const;

test.each<[argument: string, option: Partial<ScriptOption>]>([
  ['"--lr", type=float, default=1e-3', { name: "lr", type: "float", default: 0.001, optional: false }],
  ['"-n", "--n-est", type=int', { name: "n-est", type: "integer" }],
  ['"--n", type=int, required=True', { name: "n", type: "integer", optional: false }],
  [
    '"--model", choices=["forest", "boost"], default="boost"',
    { name: "model", choices: ["forest", "boost"], default: "boost", optional: false },
  ],
  ['"--k", type=int, choices=(1, 2,)', { name: "k", type: "integer", choices: [1, 2] }],
  ['"--tag", action="append"', { name: "tag", isMultiple: true }],
  ['"--verbose", action="store_true"', { name: "verbose", type: "flag", optional: false }],
  [
    '"--shuffle", action=argparse.BooleanOptionalAction',
    { name: "shuffle", type: "flag", optional: false, passAs: "--shuffle", passFalseAs: "--no-shuffle" },
  ],
  ['"path", help="the table (CSV)"', { name: "path", optional: false, passAs: "{v}" }],
  ['"out", nargs="?"', { name: "out", passAs: "{v}" }],
  ['"files", nargs="+"', { name: "files", optional: false, isMultiple: true, passAs: "{v}" }],
  ['"-s", type=int', { name: "s", type: "integer", passAs: "-s {v}" }],
])("add_argument(%s)", (argument, option) => {
  expect(readArgparse(`parser.add_argument(${argument})\n`)).toEqual({ options: [{ ...plain, ...option }], notes: [] });
});

test("what has no counterpart is noted", () => {
  const text = 'import click\np.add_argument("--layers", type=int, nargs="+")\np.add_argument("-v", action="count")\n';
  expect(readArgparse(text)).toEqual({
    options: [],
    notes: [
      '`--layers` takes several values behind one another: pass them in the command, `--layers {parameter:layers}`, with a parameter of `multiple: repeat` and `pass-as: "{v}"`',
      "`-v` (count) has no counterpart among parameters",
      "its options are read by click, which this list does not know",
    ],
  });
});
