// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell variables are what is tested
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parameter } from "../fixtures/parameters.ts";
import type { Parameter, ParameterValue } from "../model.ts";
import { buildCommand } from "./build-command.ts";
import { joinCommand } from "./join-command.ts";

function build(
  line: string,
  parameters: readonly Parameter[],
  values: Record<string, ParameterValue> = {},
  sourcePath?: string,
): string {
  const lines = buildCommand([line], parameters, values, sourcePath === undefined ? {} : { sourcePath });
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
}

const training = [
  parameter("num-epochs", { type: "integer", default: 100 }),
  parameter("seed", { type: "integer", default: 1 }),
  parameter("decoder-spec", { default: "gauss", passAs: "--decoder-spec {v}" }),
];

describe("placeholders", () => {
  test.each([
    ["python train.py {parameters}", "python train.py --num-epochs=100 --seed=1 --decoder-spec gauss"],
    ["python train.py {params}", "python train.py --num-epochs=100 --seed=1 --decoder-spec gauss"],
    [
      "asdf {parameter:decoder-spec} {parameter:hello} {parameter:decoder-spec}",
      "asdf --decoder-spec gauss {parameter:hello} --decoder-spec gauss",
    ],
    ["{parameter-value:num-epochs}{parameter-value:hello}", "100{parameter-value:hello}"],
    ["{source-path}", "{source-path}"],
    ["Where are the ${shell_unicorns}?", "Where are the ${shell_unicorns}?"],
    ["${parameters} ${parameter-value:seed}", "${parameters} ${parameter-value:seed}"],
    ["$ {parameter-value:seed}", "$ 1"],
    ["awk '{print $1}' {parameter-value:seed}", "awk '{print $1}' 1"],
    ["{} {parameter-value:seed}", "{} {parameter-value:seed}"],
    ["{ parameters }", "{ parameters }"],
    ["{PARAMETERS}", "{PARAMETERS}"],
    ["{parameter:}", "{parameter:}"],
    ["{{parameters}}", "{{parameters}}"],
    ["{}}{parameter-value:seed}", "{}}1"],
    ["{unknown {parameter-value:seed}}", "{unknown {parameter-value:seed}}"],
    ["{a\n{parameter-value:seed}", "{a\n1"],
    ["  echo {parameter-value:seed} \n", "echo 1"],
  ])("%j", (line, built) => {
    expect(build(line, training)).toBe(built);
  });

  test("without parameters only {parameters} vanishes", () => {
    expect(build("Where are the ${shell_unicorns}? The {parameters} are here!", [])).toBe(
      "Where are the ${shell_unicorns}? The  are here!",
    );
  });

  test("the source path is quoted", () => {
    expect(build("python {source-path}", [], {}, "foo.py")).toBe("python foo.py");
    expect(build("python {source-path}", [], {}, "my script.py")).toBe("python 'my script.py'");
  });

  test("each line is built on its own", () => {
    expect(
      buildCommand(["asdf {parameter-value:decoder-spec}", " ", "{parameter-value:num-epochs}"], training, {
        "decoder-spec": "hello",
        "num-epochs": 840,
      }),
    ).toEqual(["asdf hello", "", "840"]);
  });

  test("nothing is inherited from JavaScript's objects", () => {
    const line = "{parameter:constructor} {parameter-value:__proto__} {parameter-value:toString}";
    expect(build(line, [])).toBe(line);
    expect(build("{parameters}", [parameter("__proto__", { default: "x" })])).toBe("--__proto__=x");
  });

  test("a long run of braces takes no long time", () => {
    const line = "{".repeat(1_000_000);
    expect(build(line, training)).toBe(line);
    expect(build(`${line}\n}`, training)).toBe(`${line}\n}`);
  });
});

describe("values", () => {
  test("a given value replaces the default, in the order of declaration", () => {
    expect(build("x {params}", training, { "decoder-spec": "a b", "num-epochs": 5 })).toBe(
      "x --num-epochs=5 --seed=1 --decoder-spec 'a b'",
    );
  });

  test("None is omitted, and is the text None as a bare value", () => {
    expect(build("echo {parameters}; echo {parameter:num-epochs}", training, { "num-epochs": null })).toBe(
      "echo --seed=1 --decoder-spec gauss; echo",
    );
    expect(build("{parameter-value:num-epochs}", training, { "num-epochs": null })).toBe("None");
  });

  test("falsy values are kept", () => {
    expect(
      build("env ds={parameter-value:decoder-spec} eps={parameter-value:num-epochs} run", training, {
        "decoder-spec": "",
        "num-epochs": 0,
      }),
    ).toBe("env ds='' eps=0 run");
    expect(
      build("x {parameters}", [parameter("a", { default: "" }), parameter("b", { type: "integer", default: 0 })]),
    ).toBe("x --a= --b=0");
  });

  test("a value without a declaration is known to {parameter-value} only", () => {
    expect(build("{parameter-value:extra} {parameter:extra} [{parameters}]", [], { extra: 1.5 })).toBe(
      "1.5 {parameter:extra} []",
    );
  });

  test("a parameter without value and default is left as it is written", () => {
    expect(build("{parameter-value:x}|{parameter:x}|{parameters}", [parameter("x")])).toBe("{parameter-value:x}||");
  });

  test.each<[Partial<Parameter>, ParameterValue, string]>([
    [{ type: "float" }, 0.00001, "--x=1e-05"],
    [{ type: "float" }, 1, "--x=1.0"],
    [{ type: "float" }, 1e16, "--x=1e+16"],
    [{ type: "float" }, "inf", "--x=inf"],
    [{ type: "integer" }, 3, "--x=3"],
    [{}, true, "--x=True"],
    [{}, 2, "--x=2"],
    [{}, "it's", `'--x=it'"'"'s'`],
  ])("%j with %j", (own, value, words) => {
    expect(build("{parameters}", [parameter("x", own)], { x: value })).toBe(words);
  });

  test("a default prints as it was written, another value as its type says", () => {
    const rate = parameter("rate", { type: "float", default: 1, defaultTexts: ["1"] });
    expect(build("{parameters} {parameter-value:rate}", [rate])).toBe("--rate=1 1");
    expect(build("{parameters}", [rate], { rate: 1 })).toBe("--rate=1");
    expect(build("{parameters}", [rate], { rate: 2 })).toBe("--rate=2.0");
    const costs = parameter("costs", {
      type: "float",
      multiple: "separate",
      default: [1000, 1, 0.01],
      defaultTexts: ["1000", "1", "0.01"],
    });
    expect(build("{parameters}", [costs])).toBe("--costs=1000,1,0.01");
    expect(build("{parameters}", [costs], { costs: [1000, 1] })).toBe("--costs=1000.0,1.0");
  });
});

describe("pass-as", () => {
  test.each<[string | undefined, ParameterValue, string]>([
    [undefined, "v", "--x=v"],
    ["", "v", "--x=v"],
    ["-{name} {value}", "a b", "-x 'a b'"],
    ["--x {v}", "a", "--x a"],
    ["{v}", "a  b", "'a  b'"],
    ["  --x\t{v}  {v} ", "a", "--x a a"],
    ["--json={{{v}}}", "1", "'--json={1}'"],
    ["--{other}={v}", "1", "'--{other}=1'"],
    ["--{v", "1", "'--{v'"],
    ["prefix/{name}/{v}", "1", "prefix/x/1"],
    [" ", "1", ""],
  ])("%j with %j", (passAs, value, words) => {
    expect(build("{parameters}", [parameter("x", passAs === undefined ? {} : { passAs })], { x: value })).toBe(words);
  });

  test("a value that looks like a field is not formatted again", () => {
    expect(build("{parameters}", [parameter("x")], { x: "{name}{parameters}" })).toBe("'--x={name}{parameters}'");
  });
});

describe("flags", () => {
  const table: [Partial<Parameter>, ParameterValue | undefined, string][] = [
    [{}, true, "--x"],
    [{}, false, ""],
    [{}, undefined, ""],
    [{ default: true }, undefined, ""],
    [{ default: true }, false, ""],
    [{ passAs: "-x" }, true, "-x"],
    [{ passAs: "-x" }, false, ""],
    [{ passTrueAs: "--yes" }, true, "--yes"],
    [{ passTrueAs: "--yes" }, false, ""],
    [{ passFalseAs: "--no" }, true, ""],
    [{ passFalseAs: "--no" }, false, "--no"],
    [{ passTrueAs: "--yes", passFalseAs: "--no", passAs: "--ignored" }, true, "--yes"],
    [{ passTrueAs: "--{name}={v}" }, true, "--x=True"],
    [{ passTrueAs: "a b", passFalseAs: "c d" }, false, "c d"],
    // An unset flag is a missing value, not a false one.
    [{ passFalseAs: "--no" }, undefined, ""],
  ];
  test.each(table)("%j with %j", (own, value, words) => {
    expect(
      build(
        "{parameters}",
        [parameter("x", { type: "flag", optional: true, ...own })],
        value === undefined ? {} : { x: value },
      ),
    ).toBe(words);
  });

  test("as bare values they are Python's words, once they are set", () => {
    const flag = parameter("x", { type: "flag", default: true });
    expect(build("{parameter-value:x}", [flag], { x: false })).toBe("False");
    expect(build("{parameter-value:x}", [flag])).toBe("{parameter-value:x}");
  });
});

describe("multiple", () => {
  const example = [
    parameter("unlabeled-samples", { type: "integer", default: 60_000 }),
    parameter("encoder-layers", {
      type: "integer",
      multiple: "separate",
      multipleSeparator: "-",
      default: [1000, 500, 10],
    }),
    parameter("decoder-spec", { passAs: "--decoder-spec {v}", multiple: "repeat", default: ["gauss", "railgun"] }),
  ];
  test.each<[Record<string, ParameterValue>, string]>([
    [{}, "--unlabeled-samples=60000 --encoder-layers=1000-500-10 --decoder-spec gauss --decoder-spec railgun"],
    [
      { "encoder-layers": 6 },
      "--unlabeled-samples=60000 --encoder-layers=6 --decoder-spec gauss --decoder-spec railgun",
    ],
    [{ "encoder-layers": [], "decoder-spec": [] }, "--unlabeled-samples=60000"],
    [{ "encoder-layers": null, "decoder-spec": "one two" }, "--unlabeled-samples=60000 --decoder-spec 'one two'"],
    [
      { "encoder-layers": [1, "e"], "decoder-spec": ["a"] },
      "--unlabeled-samples=60000 --encoder-layers=1-e --decoder-spec a",
    ],
  ])("%j", (values, words) => {
    expect(build("{parameters}", example, values)).toBe(words);
  });

  test("as a bare value a list is Python's list", () => {
    expect(build("{parameter-value:decoder-spec} {parameter-value:encoder-layers}", example)).toBe(
      `'['"'"'gauss'"'"', '"'"'railgun'"'"']' '[1000, 500, 10]'`,
    );
  });
});

describe("joinCommand", () => {
  test.each<[string[], string, string]>([
    [["foo"], " && ", "foo"],
    [["foo", " ", "bar"], " && ", "foo && bar"],
    [["foo", " ", "bar"], "\n", "foo\nbar"],
    [["#!/bin/sh", "foo", " ", "bar"], " && ", "#!/bin/sh\nfoo && bar"],
    [["#!/bin/sh\nfoo", " ", "bar"], " && ", "#!/bin/sh\nfoo && bar"],
    [["#!/bin/bash\nfoo", "#!woop"], " && ", "#!/bin/bash\nfoo && #!woop"],
    [["#!/bin/sh"], "; ", "#!/bin/sh\n"],
    [[], " && ", ""],
    [[" "], " && ", ""],
  ])("%j with %j", (lines, joiner, joined) => {
    expect(joinCommand(lines, joiner)).toBe(joined);
  });
});

test("a real shell sees exactly the formatted words, whatever the values are", () => {
  const text = fc.string({ unit: "binary", maxLength: 12 }).map((value) => value.replaceAll("\0", "").toWellFormed());
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 30 }), (texts) => {
      const parameters = texts.map((_, index) =>
        parameter(`p${index}`, { passAs: index % 2 === 0 ? "--{name} {v}" : "--{name}={v}" }),
      );
      const values = Object.fromEntries(texts.map((value, index) => [`p${index}`, value]));
      const expected = texts.flatMap((value, index) =>
        index % 2 === 0 ? [`--p${index}`, value] : [`--p${index}=${value}`],
      );
      const script = build("printf '%s\\0' {parameters}", parameters, values);
      expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(
        expected.map((word) => `${word}\0`).join(""),
      );
    }),
    { numRuns: 15 },
  );
});

test("finds the placeholders that the reference's regular expression finds", () => {
  const line = fc
    .array(fc.constantFrom("{", "}", "$", "\n", "a", "{parameter-value:seed}", "parameters", " "), { maxLength: 14 })
    .map((parts) => `<${parts.join("")}>`);
  const word = (inner: string) => ({ "parameter-value:seed": "1", parameters: "--seed=1" })[inner];
  fc.assert(
    fc.property(line, (text) => {
      const expected = text.replace(/(\$?)\{([^\n]+?)\}/g, (match, dollar: string, inner: string) =>
        dollar === "" ? (word(inner) ?? match) : match,
      );
      expect(build(text, [parameter("seed", { type: "integer", default: 1 })])).toBe(expected);
    }),
    { numRuns: 1000 },
  );
});
