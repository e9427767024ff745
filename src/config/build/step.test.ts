import { describe, expect, test } from "vitest";
import { configOfText, lintLines, stepWith } from "../testing/lint-lines.ts";

const step = (keys: string) => configOfText(stepWith(keys)).steps[0];

describe("a step (2.1)", () => {
  test("has nothing but lists where nothing is written", () => {
    expect(step("")).toEqual({
      name: "s",
      image: "i",
      command: ["c"],
      environmentVariables: [],
      environmentVariableGroups: [],
      inputs: [],
      outputs: [],
      parameters: [],
      mounts: [],
      cacheVolumes: [],
    });
  });

  test("has every key of the format", () => {
    const keys = `description: d
category: cat
icon: https://x/i.png
environment: gpu
runtime-config-preset: big
environment-variables: [{name: A, default: "1", description: d}, {name: B, optional: false}]
environment-variable-groups: [g, ""]
inputs: [{name: in}]
outputs: [{name: "*.pkl", description: d}]
mounts: [/a:/b, {source: s, destination: /d, readonly: yes, type: NFS, options: {a: 1, since: 2024-01-31}}]
cache-volumes: [v, ""]
resources: {cpu: {min: 0.5, max: 2}, memory: {min: 100}, devices: {nvidia.com/gpu: 1}}
time-limit: 1h 30m
no-output-timeout: 600
stop-condition: accuracy > 0.9
upload-store: store
source-path: train.py
autorestart: yes
python: {requirements: r.txt, packages: [a], version: "3.12"}
reuse: {enabled: no, code: ["*.py"]}
retry: {limit: 3, backoff: 10s, on: [1, signal, timeout, lost]}`;
    expect(lintLines(stepWith(keys))).toEqual([]);
    expect(step(keys)).toMatchObject({
      description: "d",
      category: "cat",
      icon: "https://x/i.png",
      environment: "gpu",
      runtimeConfigPreset: "big",
      environmentVariables: [
        { name: "A", default: "1", description: "d", optional: true },
        { name: "B", optional: false },
      ],
      environmentVariableGroups: ["g"],
      outputs: [{ name: "*.pkl", description: "d" }],
      mounts: [
        { source: "/a", destination: "/b", readonly: false, options: {} },
        { source: "s", destination: "/d", readonly: true, type: "nfs", options: { a: 1, since: "2024-01-31" } },
      ],
      cacheVolumes: ["v"],
      resources: { cpu: { min: 0.5, max: 2 }, memory: { min: 100 }, devices: { "nvidia.com/gpu": 1 } },
      timeLimitS: 5400,
      noOutputTimeoutS: 600,
      stopCondition: "accuracy > 0.9",
      uploadStore: "store",
      sourcePath: "train.py",
      autorestart: true,
      python: { requirements: "r.txt", packages: ["a"], version: "3.12" },
      reuse: { enabled: false, code: ["*.py"] },
      retry: { limit: 3, backoffS: 10, on: [1, "signal", "timeout", "lost"] },
    });
  });

  test.each([
    ["a text is one entry", "a {parameters}", ["a {parameters}"]],
    [
      "also of several lines",
      "|\n      #!/bin/sh\n      for x in *; do\n        y\n      done\n",
      ["#!/bin/sh\nfor x in *; do\n  y\ndone\n"],
    ],
    ["a list has an entry per item", "[a, b c]", ["a", "b c"]],
    ["an empty list", "[]", []],
  ])("command: %s", (_, command, expected) => {
    expect(configOfText(`- step:\n    name: s\n    image: i\n    command: ${command}\n`).steps[0]?.command).toEqual(
      expected,
    );
  });

  test.each([
    ["time-limit: 90", 90],
    ["time-limit: 1:30", 90],
    ["time-limit: '90'", 90],
    ["time-limit: 1.5d 2hörs", 136_800],
    ["time-limit: ''", undefined],
    ["time-limit: 0", undefined],
    ["time-limit: -5", undefined],
  ])("%s", (keys, seconds) => {
    expect(step(keys)?.timeLimitS).toBe(seconds);
  });

  test("empty devices differ from none", () => {
    expect(step("resources: {devices: {}}")?.resources).toEqual({ devices: {} });
    expect(step("resources: {}")?.resources).toEqual({});
  });

  test.each([
    ["reuse: false", { enabled: false, code: "auto" }],
    ["reuse: {}", { enabled: true, code: "auto" }],
    ["reuse: {code: all}", { enabled: true, code: "all" }],
  ])("%s", (keys, reuse) => {
    expect(step(keys)?.reuse).toEqual(reuse);
  });

  test("a retry without a limit is one further attempt after any failure", () => {
    expect(step("retry: {}")?.retry).toEqual({ limit: 1, backoffS: 0, on: [] });
  });

  test.each([
    ["image: yes", "5:8 warning duplicate-key: `image` stands twice in this mapping; this later one counts"],
    ["nme: x", "5:5 error unknown-key: a step has no key `nme` (did you mean `name`?)"],
    [
      "environment_variables: []",
      "5:5 error unknown-key: a step has no key `environment_variables` (did you mean `environment-variables`?)",
    ],
    ["extends: x", "5:5 error unknown-key: a step has no key `extends`"],
    ["inputs: raw", "5:13 error wrong-type: `inputs` has to be a list, not text"],
    ["inputs:", "5:5 error wrong-type: `inputs` is empty; it has to be a list"],
    ["inputs: [raw]", "5:14 error wrong-type: entry 1 of `inputs` has to be a mapping, not text"],
    ["inputs: [{}]", "5:14 error missing-key: an input needs `name`"],
    ["inputs: [2024-01-31]", "5:14 error wrong-type: entry 1 of `inputs` has to be a mapping, not a date"],
    ["description: 3.10", "5:18 error wrong-type: `description` has to be text, not a number (put text in quotes)"],
    [
      "description: 2024-01-31",
      "5:18 error wrong-type: `description` has to be text, not a date (YAML reads this as a date; put text in quotes)",
    ],
    ["time-limit: [1]", "5:17 error wrong-type: `time-limit` has to be a whole number or text, not a list"],
    ["time-limit: 1.5", "5:17 error wrong-type: `time-limit` has to be a whole number or text, not a number"],
    ["time-limit: soon", '5:17 error wrong-duration: "soon" is not a duration, such as 90, 30m or 1h 30m'],
    [
      "time-limit: 0",
      "5:17 warning ignored-duration: 0 seconds is no limit, so none is set; remove the key or write a duration such as 30m",
    ],
    [
      "retry: {backoff: -3}",
      "5:22 warning ignored-duration: -3 seconds is no wait, so none is set; remove the key or write a duration such as 30m",
    ],
    [
      `upload-store: ${"x".repeat(65)}`,
      "5:19 error out-of-range: `upload-store` may have at most 64 characters, and it has 65",
    ],
    ["mounts: [data]", "5:14 error wrong-format: entry 1 of `mounts` has to be `/source:/destination`, both absolute"],
    ["mounts: [{source: a, destination: b}]", "5:39 error wrong-format: `destination` has to be an absolute path"],
    ["mounts: [{source: a}]", "5:14 error missing-key: a mount needs `destination`"],
    [
      "mounts: [1]",
      "5:14 error wrong-type: entry 1 of `mounts` has to be text or a mapping, not a whole number (put text in quotes)",
    ],
    ["resources: {cpu: {min: lots}}", "5:28 error wrong-type: `min` has to be a number, not text"],
    ["resources: {cpu: {min: .inf}}", "5:28 error wrong-type: `min` has to be a number, not an infinite number"],
    ["resources: {gpu: 1}", "5:17 error unknown-key: `resources` has no key `gpu` (did you mean `cpu`?)"],
    ["resources: {devices: {gpu: 0}}", "5:32 error out-of-range: `gpu` has to be at least 1, not 0"],
    [
      "environment-variables: [{name: A, default: 1}]",
      "5:48 error wrong-type: `default` has to be text, not a whole number (put text in quotes)",
    ],
    [
      "environment-variables: [{name: A}, {name: A}]",
      "5:47 warning duplicate-name: there are two environment variables with the name `A`; this later one counts",
    ],
    [
      "outputs: [{name: a}, {name: a}]",
      "5:33 warning duplicate-name: there are two outputs with the name `a`; this later one counts",
    ],
    ["stop-condition: a >", "5:21 error wrong-expression: `stop-condition` is not an expression: "],
    [
      "runtime-config-preset: x",
      "5:5 error preset-without-environment: the step `s` names a `runtime-config-preset`, which needs an `environment` beside it",
    ],
    ["autorestart: 'yes'", "5:18 error wrong-type: `autorestart` has to be true or false, not text"],
    ["python: {version: 3.10}", "5:23 error wrong-type: `version` has to be text, not a number (put text in quotes)"],
    ["python: {requires: x}", "5:14 error unknown-key: `python` has no key `requires`"],
    [
      "reuse: {code: auot}",
      "5:19 error wrong-value: `code` has to be one of auto, all, read, not `auot` (did you mean `auto`?)",
    ],
    ["reuse: 1", "5:12 error wrong-type: `reuse` has to be true or false or a mapping, not a whole number"],
    [
      "retry: {on: [signl]}",
      "5:18 error wrong-value: entry 1 of `on` has to be one of signal, timeout, lost, memory, not `signl` (did you mean `signal`?)",
    ],
    ["retry: {limit: -1}", "5:20 error out-of-range: `limit` has to be at least 0, not -1"],
    ["retry: {limit: 1.5}", "5:20 error wrong-type: `limit` has to be a whole number, not a number"],
  ])("%s", (keys, line) => {
    expect(lintLines(stepWith(keys)).join("\n")).toContain(line.startsWith("5:8 warning") ? "duplicate-key" : line);
  });
});

describe("an input (2.2)", () => {
  const input = (keys: string) => step(`inputs: [{name: x, ${keys}}]`)?.inputs[0];

  test("has defaults", () => {
    expect(step("inputs: [{name: x}]")?.inputs).toEqual([
      { name: "x", default: [], optional: false, keepDirectories: "none", download: "always" },
    ]);
  });

  test.each([
    ["default: s3://b/*.jpg", { default: ["s3://b/*.jpg"] }],
    ["default: [a, b]", { default: ["a", "b"] }],
    ["optional: yes", { optional: true }],
    ["keep-directories: true", { keepDirectories: "full" }],
    ["keep-directories: no", { keepDirectories: "none" }],
    ["keep-directories: suffix", { keepDirectories: "suffix" }],
    ["filename: f, download: on-demand, description: d", { filename: "f", download: "on-demand", description: "d" }],
  ])("%s", (keys, expected) => {
    expect(input(keys)).toMatchObject(expected);
  });

  test.each([
    [
      `inputs: [{name: ${"x".repeat(65)}}]`,
      "5:21 error out-of-range: `name` may have at most 64 characters, and it has 65",
    ],
    [
      "inputs: [{name: x, keep-directories: sufix}]",
      "5:42 error wrong-value: `keep-directories` has to be one of none, full, suffix, not `sufix` (did you mean `suffix`?)",
    ],
    [
      "inputs: [{name: x, keep-directories: 1}]",
      "5:42 error wrong-type: `keep-directories` has to be true or false or `none`, `full`, `suffix`, not a whole number",
    ],
    [
      "inputs: [{name: x, download: never}]",
      "5:34 error wrong-value: `download` has to be one of always, on-demand, not `never`",
    ],
    [
      "inputs: [{name: x, default: 2024-01-31}]",
      "5:33 error wrong-type: `default` has to be text or a list of texts, not a date (YAML reads this as a date; put text in quotes)",
    ],
    [
      "inputs: [{name: x, default: [1]}]",
      "5:34 error wrong-type: entry 1 of `default` has to be text, not a whole number (put text in quotes)",
    ],
    [
      "inputs: [{name: x}, {name: x}]",
      "5:32 warning duplicate-name: there are two inputs with the name `x`; this later one counts",
    ],
  ])("%s", (keys, line) => {
    expect(lintLines(stepWith(keys))).toEqual([line]);
  });
});
