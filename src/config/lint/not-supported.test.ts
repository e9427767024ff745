import { expect, test } from "vitest";
import { allLintLines, pipelineWith, stepWith } from "../testing/lint-lines.ts";

const context = { uriSchemes: new Set(["file", "datum"]) };
const found = (text: string) =>
  allLintLines(text, context)
    .filter((line) => line.includes(" not-supported: "))
    .map((line) => line.replace(/^\S+ warning not-supported: /, ""));
const one = (keys: string) => found(pipelineWith(`nodes: [{name: n, ${keys}}]\nedges: []`));

test.each([
  ["upload-store: x", ["`upload-store` is not supported by this version and is ignored"]],
  ["cache-volumes: [x]", ["`cache-volumes` is not supported by this version and is ignored"]],
  ["environment-variable-groups: [x]", []],
  ["autorestart: true", ["`autorestart` is not supported by this version and is ignored"]],
  ["autorestart: false", []],
  [
    "environment: e\nruntime-config-preset: x",
    ["`runtime-config-preset` is not supported by this version and is ignored"],
  ],
  [
    "inputs: [{name: in, download: on-demand}]",
    ["`download: on-demand` is not supported by this version; the files are fetched before the step starts"],
  ],
  [
    "inputs: [{name: in, default: ['s3://b/k', 'S3://b/l', 'datum://x', data/x.csv, 'file:///x']}]",
    [
      "inputs by s3:// are not supported by this version (a run needs another source, given with it or by an edge; there are a local path, file://, datum://)",
    ],
  ],
])("of a step: %s", (keys, expected) => {
  expect(found(stepWith(keys))).toEqual(expected);
});

test.each([
  [
    "type: deployment, deployment: d",
    [
      "deployment nodes are not supported by this version; a run of the pipeline refuses it (take the node and its edges out, or into a pipeline of their own)",
    ],
  ],
  [
    "type: execution, step: a, commit: 'library:valohai/a'",
    [
      "steps of a library are not supported by this version; a run of the pipeline refuses it (copy the step into the file, and remove `commit` from the node)",
    ],
  ],
  ["type: execution, step: a, actions: [{when: [node-complete, node-error], then: [noop, require-approval]}]", []],
  [
    "type: execution, step: a, override: {autorestart: true, inputs: [{name: in, download: on-demand}]}",
    [
      "`autorestart` is not supported by this version and is ignored",
      "`download: on-demand` is not supported by this version; the files are fetched before the step starts",
    ],
  ],
])("of a node: %s", (keys, expected) => {
  expect(one(keys)).toEqual(expected);
});

test("whole items and the configuration of an edge", () => {
  const nodes = "nodes: [{name: n, type: execution, step: a}, {name: m, type: execution, step: b}]";
  expect(
    found(pipelineWith(`${nodes}\nedges: [{source: n.output.*, target: m.input.in, configuration: {a: 1}}]`)),
  ).toEqual(["`configuration` is not supported by this version and is ignored"]);
  expect(
    found(`- step: {name: a, image: i, command: c}
- endpoint: {name: ep, image: i, wsgi: a}
- deployment: {name: d, defaults: {target: t}}
`),
  ).toEqual([
    "this version does not run an `endpoint`; it is only checked",
    "this version does not run a `deployment`; it is only checked",
  ]);
});
