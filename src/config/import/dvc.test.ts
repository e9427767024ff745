// biome-ignore-all lint/suspicious/noTemplateCurlyInString: DVC's templates are what is tested
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { HeadraceError } from "../../errors.ts";
import { parseConfig } from "../parse-config.ts";
import { configOfText } from "../testing/lint-lines.ts";
import { type ImportDvcOptions, importDvc } from "./dvc.ts";
import { dvcVariableFiles } from "./dvc-variables.ts";

const IMAGE_NOTE =
  "the steps name the image python:3.12; choose another where they run in containers, or add `python: {requirements: …}`";
const VALUES_NOTE =
  "values of ${…} were filled in as they are now; later changes of the files they came from do not reach the commands";
const dataNote = (paths: string) =>
  `data read from the working folder: ${paths}; where DVC keeps it elsewhere, run \`dvc pull\` first`;

interface Read {
  readonly steps: Record<
    string,
    { command: string[]; inputs?: { name: string; default?: string }[]; description?: string }
  >;
  readonly edges: string[][];
  readonly notes: readonly string[];
}

/** The generated file, read back; it has to be a configuration without errors. */
function read(dvc: string, options: ImportDvcOptions = {}): Read {
  const { yaml, notes } = importDvc(dvc, options);
  const { diagnostics } = parseConfig({ file: "valohai.yaml", text: yaml });
  expect(diagnostics.filter((item) => item.severity === "error")).toEqual([]);
  const items = parse(yaml, { version: "1.1" });
  const steps = items.flatMap((item: { step?: { name: string } }) =>
    item.step === undefined ? [] : [[item.step.name, item.step]],
  );
  return { steps: Object.fromEntries(steps), edges: items.at(-1).pipeline.edges, notes };
}

/** The commands of the only step. */
function commands(stage: string, options?: ImportDvcOptions): readonly string[] {
  return Object.values(read(`stages:\n  s:\n${stage}`, options).steps)[0]?.command ?? [];
}

test("a whole file, word for word", () => {
  const dvc = `
stages:
  prepare:
    desc: Split the data
    cmd: python src/prepare.py data/raw.csv
    deps: [src/prepare.py, data/raw.csv]
    params: [prepare.seed]
    outs: [data/prepared]
  train:
    cmd: python src/train.py
    deps: [src/train.py, data/prepared]
    outs:
      - model.pkl
    metrics:
      - eval/metrics.json: {cache: false}
`;
  expect(importDvc(dvc)).toEqual({
    yaml: `# Made from dvc.yaml by Headrace; the pipeline is called dvc.
- step:
    name: prepare
    image: python:3.12
    description: Split the data
    command:
      - mkdir -p data; rm -rf data/raw.csv; ln -s "$VH_INPUTS_DIR"/data-raw-csv/data/raw.csv data/raw.csv
      - rm -rf data/prepared; mkdir -p data
      - python src/prepare.py data/raw.csv
      - mkdir -p "$VH_OUTPUTS_DIR"/data/; cp -RL data/prepared "$VH_OUTPUTS_DIR"/data/
    inputs:
      - name: data-raw-csv
        default: data/raw.csv
        keep-directories: full
    reuse:
      code:
        - src/prepare.py
        - params.yaml#prepare.seed
- step:
    name: train
    image: python:3.12
    command:
      - mkdir -p data; rm -rf data/prepared; ln -s "$VH_INPUTS_DIR"/data-prepared/data/prepared data/prepared
      - rm -rf model.pkl eval/metrics.json; mkdir -p eval
      - python src/train.py
      - cp -RL model.pkl "$VH_OUTPUTS_DIR"/
      - mkdir -p "$VH_OUTPUTS_DIR"/eval/; cp -RL eval/metrics.json "$VH_OUTPUTS_DIR"/eval/
      - if [ -f eval/metrics.json ]; then tr -d '\\r\\n' < eval/metrics.json; echo; fi
    inputs:
      - name: data-prepared
        keep-directories: full
    reuse:
      code:
        - src/train.py
- pipeline:
    name: dvc
    nodes:
      - name: prepare
        type: execution
        step: prepare
      - name: train
        type: execution
        step: train
    edges:
      - - prepare.output.data/prepared
        - train.input.data-prepared
`,
    notes: [
      "parameters stay in params.yaml, which the steps read from the repository",
      dataNote("data/raw.csv"),
      IMAGE_NOTE,
    ],
  });
});

describe("commands", () => {
  test.each([
    ["    cmd: python a.py", ["python a.py"]],
    ["    cmd: [python a.py, python b.py]", ["python a.py", "python b.py"]],
    ["    wdir: sub\n    cmd: make", ["cd sub", "make", 'cd "$VH_REPOSITORY_DIR"']],
    ["    wdir: ./sub/../my dir\n    cmd: make", ["cd 'my dir'", "make", 'cd "$VH_REPOSITORY_DIR"']],
    ["    wdir: .\n    cmd: make", ["make"]],
    ["    cmd: [cd x, make]", ["(\ncd x\n)", "make"]],
    ["    cmd: make && export A=1", ["(\nmake && export A=1\n)"]],
    ["    cmd: A=1 make", ["A=1 make"]],
    ["    cmd: |\n      for i in 1 2; do\n        echo $i\n      done", ["(\nfor i in 1 2; do\n  echo $i\ndone\n)"]],
    [
      "    cmd: make\n    outs: ['a b', -x]",
      ["rm -rf 'a b' ./-x", "make", `cp -RL 'a b' "$VH_OUTPUTS_DIR"/`, `cp -RL ./-x "$VH_OUTPUTS_DIR"/`],
    ],
    ["    cmd: make\n    outs: [d, d/x, d]", ["rm -rf d", "make", 'cp -RL d "$VH_OUTPUTS_DIR"/']],
    [
      "    cmd: make\n    wdir: w\n    outs: [../o, p]",
      [
        "rm -rf o w/p; mkdir -p w",
        "cd w",
        "make",
        'cd "$VH_REPOSITORY_DIR"',
        'cp -RL o "$VH_OUTPUTS_DIR"/',
        'mkdir -p "$VH_OUTPUTS_DIR"/w/; cp -RL w/p "$VH_OUTPUTS_DIR"/w/',
      ],
    ],
    [
      "    cmd: make\n    outs: [out]\n    metrics: [out/m.json]",
      [
        "rm -rf out",
        "make",
        'cp -RL out "$VH_OUTPUTS_DIR"/',
        "if [ -f out/m.json ]; then tr -d '\\r\\n' < out/m.json; echo; fi",
      ],
    ],
  ])("%j", (stage, lines) => {
    expect(commands(stage)).toEqual(lines);
  });
});

describe("dependencies", () => {
  const edgesOf = (dvc: string, options?: ImportDvcOptions) => {
    const { steps, edges } = read(dvc, options);
    return {
      edges: edges.map((edge) => edge.join(" → ")),
      inputs: Object.fromEntries(
        Object.entries(steps).map(([name, step]) => [
          name,
          (step.inputs ?? []).map((item) => item.default ?? item.name),
        ]),
      ),
    };
  };

  test("code stays in the repository; data comes as input, by its name or because DVC tracks it", () => {
    const deps =
      "[src/train.py, src, requirements.txt, params.yaml, configs/a.yaml, data/raw, images.zip, notes, notes2, photos/cat/a, data/make.py, data/config.json]";
    expect(edgesOf(`stages: {s: {cmd: make, deps: ${deps}}}`, { tracked: ["notes", "photos"] }).inputs).toEqual({
      s: ["data/raw", "images.zip", "notes", "photos/cat/a", "data/config.json"],
    });
  });

  test("a file within an output, and outputs within a folder", () => {
    const dvc = `
stages:
  a: {cmd: make, outs: [data/a]}
  b: {cmd: make, outs: [data/b.csv]}
  part: {cmd: make, deps: [data/a/train.csv]}
  all: {cmd: make, deps: [data]}
`;
    expect(edgesOf(dvc)).toEqual({
      edges: [
        "a.output.data/a/train.csv → part.input.data-a-train-csv",
        "a.output.data/a → all.input.data-a",
        "b.output.data/b.csv → all.input.data-b-csv",
      ],
      inputs: { a: [], b: [], part: ["data-a-train-csv"], all: ["data-a", "data-b-csv"] },
    });
  });

  test("a folder beside files of its name", () => {
    expect(edgesOf("stages: {a: {cmd: make, outs: [model, model.json]}, b: {cmd: make, deps: [model]}}").edges).toEqual(
      ["a.output.model/ → b.input.model"],
    );
  });

  test("paths within another dependency come along with it", () => {
    expect(edgesOf("stages: {s: {cmd: make, deps: [data, data/raw.csv]}}").inputs).toEqual({ s: ["data"] });
  });

  test("a parameter file that a stage makes is a dependency", () => {
    const { edges } = edgesOf("stages: {a: {cmd: make, outs: [params.yaml]}, b: {cmd: make, params: [x], wdir: .}}");
    expect(edges).toEqual(["a.output.params.yaml → b.input.params-yaml"]);
  });

  test("long and equal input names are kept apart and short enough", () => {
    const long = "x".repeat(100);
    const { steps } = read(`stages: {s: {cmd: make, deps: [data/${long}.csv, data/a-b.csv, data/a/b.csv]}}`);
    expect(steps.s?.inputs?.map((item) => item.name)).toEqual([
      `${"x".repeat(52)}-csv`,
      "data-a-b-csv",
      "data-a-b-csv-2",
    ]);
  });

  test("outside the repository", () => {
    const { notes } = read("stages: {s: {cmd: make, deps: [s3://b/x, /abs/y, ../z], outs: [gs://b/o, .]}}");
    expect(notes).toEqual([
      "stage s: the dependency s3://b/x lies outside the repository; the command reads it by itself, and no version of it is recorded",
      "stage s: the dependency /abs/y lies outside the repository; the command reads it by itself, and no version of it is recorded",
      "stage s: the dependency ../z lies outside the repository; the command reads it by itself, and no version of it is recorded",
      "stage s: the output gs://b/o lies outside the repository; it is written there, but not kept by Headrace",
      "stage s: the output . lies outside the repository; it is written there, but not kept by Headrace",
      IMAGE_NOTE,
    ]);
  });
});

describe("templates", () => {
  const params = {
    "params.yaml": "train: {lr: 0.1, deep: {x: 1}, on: true, off: false, list: [1, 'a b']}\nname: digits\nnothing:\n",
  };

  test.each([
    ["run ${name} ${train.lr} ${train.list[0]}", "run digits 0.1 1"],
    ["run ${ train.on } '${nothing}'", "run true ''"],
    ["run ${train}", "run --lr 0.1 --deep.x 1 --on --list 1 'a b'"],
    ["run \\${HOME} ${unknown.key}", "run ${HOME} ${unknown.key}"],
    ["run ${constructor}", "run ${constructor}"],
  ])("%s", (command, filled) => {
    expect(commands(`    cmd: '${command.replaceAll("'", "''")}'`, { paramsFiles: params })).toEqual([filled]);
  });

  test("variables of file and stage outrank params.yaml; what is missing is said", () => {
    const dvc = `
vars:
  - other.json:seed
  - gone.yaml
  - conf.toml
  - broken.yaml
  - name: letters
stages:
  s:
    vars: [{seed: 3}]
    cmd: run \${name} \${seed} \${hidden}
    outs: ["out/\${name}"]
`;
    const { steps, notes } = read(dvc, {
      paramsFiles: { ...params, "other.json": '{"seed": 1, "hidden": 2}', "conf.toml": "", "broken.yaml": "a: [" },
    });
    expect(steps.s?.command).toEqual([
      "rm -rf out/letters; mkdir -p out",
      "run letters 3 ${hidden}",
      'mkdir -p "$VH_OUTPUTS_DIR"/out/; cp -RL out/letters "$VH_OUTPUTS_DIR"/out/',
    ]);
    expect(notes).toEqual([
      "vars: gone.yaml was not found, so what it defines could not be filled in",
      "vars: conf.toml is not YAML or JSON; what it defines could not be filled in",
      expect.stringMatching(/^vars: broken\.yaml:1:\d+: .*; what the file defines could not be filled in$/),
      "stage s: ${hidden} could not be filled in; replace it in the generated file",
      VALUES_NOTE,
      IMAGE_NOTE,
    ]);
  });

  test("the files to hand over", () => {
    expect(
      dvcVariableFiles("vars: [a.yaml:k, {x: 1}]\nstages: {s: {cmd: x, vars: [./b.json, a.yaml]}, bad: 1}"),
    ).toEqual(["params.yaml", "a.yaml", "b.json"]);
    expect(dvcVariableFiles("")).toEqual(["params.yaml"]);
  });
});

describe("foreach and matrix", () => {
  const names = (dvc: string, options?: ImportDvcOptions) =>
    Object.entries(read(dvc, options).steps).map(([name, step]) => [name, step.command.join("; ")]);

  test.each([
    [
      "foreach: [a, 0.5, true]\n    do: {cmd: 'run ${item}'}",
      [
        ["s-a", "run a"],
        ["s-0-5", "run 0.5"],
        ["s-true", "run true"],
      ],
    ],
    [
      "foreach: [{n: 1}, {n: 2}]\n    do: {cmd: 'run ${item.n}'}",
      [
        ["s-0", "run 1"],
        ["s-1", "run 2"],
      ],
    ],
    [
      "foreach: {uk: {n: 1}, us: {n: 2}}\n    do: {cmd: 'run ${key} ${item.n}'}",
      [
        ["s-uk", "run uk 1"],
        ["s-us", "run us 2"],
      ],
    ],
    [
      "foreach: ${models}\n    do: {cmd: 'run ${item}'}",
      [
        ["s-cnn", "run cnn"],
        ["s-rnn", "run rnn"],
      ],
    ],
    [
      "matrix: {m: '${models}', n: [1, {x: 2}]}\n    cmd: run ${item.m} ${item.n}",
      [
        ["s-cnn-1", "run cnn 1"],
        ["s-cnn-n1", "run cnn --x 2"],
        ["s-rnn-1", "run rnn 1"],
        ["s-rnn-n1", "run rnn --x 2"],
      ],
    ],
  ])("%s", (stage, expected) => {
    expect(names(`stages:\n  s:\n    ${stage}`, { paramsFiles: { "params.yaml": "models: [cnn, rnn]" } })).toEqual(
      expected,
    );
  });

  test("stages of equal names after cleaning, and a new name is noted", () => {
    const { steps, notes } = read("stages: {a.b: {cmd: x}, a-b: {cmd: y}, '..': {cmd: z}}");
    expect(Object.keys(steps)).toEqual(["a-b", "a-b-2", "stage"]);
    expect(notes).toEqual([
      "stage a.b is named a-b",
      "stage a-b is named a-b-2",
      "stage .. is named stage",
      IMAGE_NOTE,
    ]);
  });
});

test("what could not be carried over is said", () => {
  const dvc = `
stages:
  s:
    cmd: make
    frozen: true
    always_changed: true
    live: x
    meta: {a: 1}
    outs: [{o: {persist: true, remote: big}}]
    metrics: [m.yaml]
    plots: [p.csv: {x: epoch}]
plots: [p.csv]
artifacts: {m: {path: o}}
`;
  expect(importDvc(dvc, { image: "mine" }).notes).toEqual([
    "`plots` of the file was not carried over",
    "`artifacts` of the file was not carried over",
    "stage s: `frozen` was not carried over; the step runs like any other",
    "stage s: `live` was not carried over",
    "stage s: `persist` of o was not carried over: every run starts without it",
    "stage s: `remote` of o was not carried over: outputs are kept in the project's store",
    "stage s: the metrics in m.yaml are kept as a file, but not shown as metadata: only JSON is",
  ]);
});

describe("what DVC knows of a stage", () => {
  const stepsOf = (stage: string, rest = "", options = {}) => {
    const { yaml, notes } = importDvc(`stages:\n  s:\n${stage}\n${rest}`, { image: "i", ...options });
    return { yaml, notes, step: configOfText(yaml).steps[0] };
  };

  test.each<[stage: string, reuse: unknown]>([
    [
      "    cmd: python src/a.py\n    deps: [src/a.py, src/lib, data/x.csv]\n    params: [seed, conf/p.yaml: [a]]",
      ["src/a.py", "src/lib", "params.yaml#seed", "conf/p.yaml#a"],
    ],
    [
      "    cmd: make\n    params: [train.lr, params.yaml:, conf.toml: [a], p.json: [x.y, 'z[0]'], q.json: [x, y]]",
      ["params.yaml#train.lr", "params.yaml", "conf.toml", "p.json", "q.json#x", "q.json#y"],
    ],
    ["    cmd: python src/a.py\n    deps: [data/x.csv]", ["src/a.py"]],
    ["    cmd: python a.py\n    wdir: sub\n    deps: ['x[1].py']", ["sub/a.py", "sub/x[[]1].py"]],
    ["    cmd: make\n    deps: [data/x.csv]", undefined],
    ["    cmd: python a.py", undefined],
  ])("decides what runs it again: %j", (stage, code) => {
    expect(stepsOf(stage).step?.reuse).toEqual(code === undefined ? undefined : { enabled: true, code });
  });

  test("a stage that is always changed runs in every run", () => {
    expect(stepsOf("    cmd: date > d\n    always_changed: true\n    outs: [d]").step?.reuse).toMatchObject({
      enabled: false,
    });
  });

  test("metrics that stand beside the stages are those of the stage that makes them", () => {
    const { step, notes } = stepsOf(
      "    cmd: make\n    outs: [eval]",
      "metrics:\n- eval/m.json\n- eval/n.yaml\n- other.json\n",
    );
    expect(step?.command.at(-1)).toBe("if [ -f eval/m.json ]; then tr -d '\\r\\n' < eval/m.json; echo; fi");
    expect(notes).toEqual([
      "the metrics in eval/n.yaml are kept as a file, but not shown as metadata: only JSON is",
      "the metrics in other.json are not shown as metadata: no stage makes the file",
    ]);
  });

  test("a requirements file is the Python environment of all steps", () => {
    const { yaml, notes } = stepsOf("    cmd: make", "", { requirements: "src/requirements.txt" });
    expect(configOfText(yaml).project).toEqual({ python: { requirements: "src/requirements.txt", packages: [] } });
    expect(notes).toEqual(["the steps run with the packages of src/requirements.txt"]);
  });
});

describe("files that are no dvc.yaml", () => {
  test.each([
    ["", "dvc.yaml: there are no stages in it"],
    ["stages: {}", "dvc.yaml: there are no stages in it"],
    ["stages: [a]", "dvc.yaml: there are no stages in it"],
    ["- a", "dvc.yaml: a mapping is expected, with keys such as `stages`"],
    ["a: [", /^dvc\.yaml:1:5: Flow sequence in block collection must be/],
    ["stages: {s: 1}", "stage s: a mapping with `cmd` is expected"],
    ["stages: {s: {}}", "stage s: `cmd` is missing or is no text"],
    ["stages: {s: {cmd: [a, 1]}}", "stage s: `cmd` is missing or is no text"],
    ["stages: {s: {cmd: a, wdir: ../x}}", "stage s: `wdir` has to be a folder within the repository"],
    ["stages: {s: {foreach: [1]}}", "stage s: `foreach` needs a `do` with the stage in it"],
    [
      "stages: {s: {foreach: '${x}', do: {cmd: a}}}",
      "stage s: `foreach` needs a list or a mapping that is known before the run",
    ],
    ["stages: {s: {matrix: [1], cmd: a}}", "stage s: `matrix` needs a mapping of lists"],
    ["stages: {s: {matrix: {a: 1}, cmd: a}}", "stage s: `matrix.a` needs a list that is known before the run"],
    [
      `stages: {s: {matrix: {a: &l [${"1,".repeat(200)}], b: *l}, cmd: a}}`,
      "stage s: its matrix has more than 10000 combinations",
    ],
    [
      "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]",
      "dvc.yaml: its aliases expand beyond all bounds",
    ],
  ])("%j", (text, message) => {
    expect(() => importDvc(text)).toThrow(
      expect.objectContaining({
        name: "HeadraceError",
        code: "HR_CONFIG_INVALID",
        message: typeof message === "string" ? message : expect.stringMatching(message),
      }),
    );
  });

  test("whatever is in the file, nothing else is ever thrown", () => {
    const value = fc.oneof(fc.string(), fc.jsonValue(), fc.constantFrom("${item}", "a/b", "../x", null));
    const stage = fc.dictionary(
      fc.constantFrom(
        "cmd",
        "deps",
        "outs",
        "metrics",
        "params",
        "wdir",
        "foreach",
        "do",
        "matrix",
        "vars",
        "desc",
        "__proto__",
      ),
      value,
    );
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom("stages", "vars", "constructor"),
          fc.oneof(value, fc.dictionary(fc.string(), stage)),
        ),
        (document) => {
          try {
            importDvc(JSON.stringify(document), { paramsFiles: { "params.yaml": "a: 1" } });
          } catch (error) {
            expect(error).toBeInstanceOf(HeadraceError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
