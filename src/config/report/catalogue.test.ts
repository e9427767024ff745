import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../parse-config.ts";
import { pipelineWith, stepWith } from "../testing/lint-lines.ts";
import { DIAGNOSTIC_CODES, type DiagnosticCode } from "./catalogue.ts";

const nodes = "nodes: [{name: one, type: execution, step: a}, {name: two, type: execution, step: b}]";
const edge = (source: string, target: string): string => pipelineWith(`${nodes}\nedges: [[${source}, ${target}]]`);

/** A document for every code. */
const EXAMPLES: Readonly<Record<DiagnosticCode, string | Uint8Array>> = {
  "not-utf8": Uint8Array.of(0xff),
  "control-character": "\0",
  "too-large": "#".repeat(3_000_001),
  "too-deep": "[".repeat(101),
  "too-many-aliases": "- &a [*a]\n",
  "too-many-problems": "- step: {}\n".repeat(500),
  "yaml-syntax": "a: b: c\n",
  "several-documents": "a: 1\n---\nb: 1\n",
  "unknown-tag": "- !x 1\n",
  "key-not-text": "- {[a]: 1}\n",
  "wrong-merge": "- <<: 1\n",
  "duplicate-key": "- {a: 1, a: 2}\n",
  "imprecise-number": "- {a: 99999999999999999999}\n",
  "surprising-number": "- {a: 010}\n",
  "not-a-list": "a: 1\n",
  "not-an-item": "- 1\n",
  "unknown-item": "- a: 1\n",
  "several-kinds": "- {step: {name: s, image: i, command: c}, task: {}}\n",
  "unknown-key": stepWith("x: 1"),
  "missing-key": "- step: {name: s, image: i}\n",
  "conflicting-keys": "- endpoint: {name: ep, image: i, wsgi: a, server-command: b}\n",
  "wrong-type": stepWith("inputs: 1"),
  "wrong-value": stepWith("parameters: [{name: p, type: int}]"),
  "out-of-range": "- endpoint: {name: ep, image: i, wsgi: a, port: 1}\n",
  "wrong-format": stepWith("mounts: [x]"),
  "wrong-duration": stepWith("time-limit: soon"),
  "wrong-expression": stepWith("stop-condition: '('"),
  "flag-with-multiple": stepWith("parameters: [{name: p, type: flag, multiple: repeat}]"),
  "ignored-duration": stepWith("time-limit: 0"),
  "duplicate-name": stepWith("inputs: [{name: x}, {name: x}]"),
  "duplicate-node": pipelineWith("nodes: [{name: n, type: task, step: a}, {name: n, type: task, step: a}]\nedges: []"),
  "no-effect": stepWith("parameters: [{name: p, pass-true-as: x}]"),
  "default-not-valid": stepWith("parameters: [{name: p, default: 1}]"),
  "unusual-value": stepWith("parameters: [{name: p, choices: [[1]]}]"),
  "not-supported": stepWith("upload-store: x"),
  "preset-without-environment": stepWith("runtime-config-preset: x"),
  "mount-path-taken":
    "- endpoint: {name: ep, image: i, wsgi: a, shared-volumes: [{pvc-name: p, mount-path: /s}, {pvc-name: q, mount-path: /s}]}\n",
  "wrong-condition": pipelineWith(
    "nodes: [{name: n, type: execution, step: a, actions: [{when: node-complete, if: 'a <', then: noop}]}]\nedges: []",
  ),
  "unclear-name": pipelineWith(
    "nodes: [{name: n, type: execution, step: a, actions: [{when: node-complete, if: k == 1, then: noop}]}]\nedges: []",
  ),
  "unknown-placeholder": "- step: {name: s, image: i, command: 'x {parameter:y}'}\n",
  "unpinned-packages": "- step: {name: s, image: i, command: pip install numpy}\n",
  "unmatched-pattern": stepWith("reuse: {code: [gone.py]}"),
  "wrong-input-name": "- step: {name: s, image: i, command: c, inputs: [{name: a/b}]}\n",
  "missing-file": "- step: {name: s, image: i, command: python gone.py}\n",
  "hidden-failure": "- step: {name: s, image: i, command: python train.py | tee log}\n",
  "no-image": "- step: {name: s, environment: local, command: c}\n",
  "unknown-step": pipelineWith("nodes: [{name: n, type: task, step: gone}]\nedges: []"),
  "unknown-task-step": "- task: {name: t, step: gone, parameters: []}\n",
  "wrong-check": "- step: {name: s, image: i, command: c, checks: [{input: gone, rows: 1}]}\n",
  "wrong-task": `- step: {name: s, image: i, command: c, parameters: [{name: k, type: integer}]}
- task: {name: t, step: s, parameters: [{name: k, style: multiple, rules: {items: []}}]}
`,
  "unknown-pipeline": pipelineWith("nodes: [{name: n, type: pipeline, pipeline: gone}]\nedges: []"),
  "pipeline-cycle": pipelineWith("nodes: [{name: n, type: pipeline, pipeline: p}]\nedges: []"),
  "pipeline-too-large": `- pipeline: {name: p0, nodes: [], edges: []}\n${Array.from(
    { length: 10 },
    (_, index) =>
      `- pipeline: {name: p${index + 1}, nodes: [{name: n, type: pipeline, pipeline: p${index}}], edges: []}\n`,
  ).join("")}`,
  "wrong-pipeline-node": pipelineWith(
    "nodes: [{name: n, type: pipeline, pipeline: gone, actions: [{when: node-complete, then: noop}]}]\nedges: []",
  ),
  "unknown-pipeline-socket": `- pipeline: {name: q, nodes: [], edges: []}\n${pipelineWith(
    "nodes: [{name: n, type: pipeline, pipeline: q}, {name: o, type: execution, step: a}]\nedges: [[n.output.gone, o.input.in]]",
  )}`,
  "unknown-task": pipelineWith("nodes: [{name: n, type: task, task: gone}]\nedges: []"),
  "unknown-endpoint": pipelineWith("nodes: [{name: n, type: deployment, deployment: d, endpoints: [gone]}]\nedges: []"),
  "unknown-override": pipelineWith(
    "nodes: [{name: n, type: task, step: a, override: {inputs: [{name: x}]}}]\nedges: []",
  ),
  "override-drops": `- step: {name: a, image: i, command: c, parameters: [{name: k, type: integer}]}
- pipeline: {name: p, nodes: [{name: n, type: execution, step: a, override: {parameters: [{name: k}]}}], edges: []}
`,
  "wrong-socket": edge("one", "two.input.in"),
  "unknown-node": edge("gone.output.x", "two.input.in"),
  "unknown-edge-type": edge("one.x.y", "two.input.in"),
  "unusual-edge": edge("one.output.x.pkl", "two.parameter.k"),
  "unknown-input": edge("one.output.x.pkl", "two.input.gone"),
  "unknown-parameter": edge("one.metadata.x", "two.parameter.gone"),
  "unknown-target": pipelineWith(`${nodes}\nedges: []\nparameters: [{name: q, target: one.parameter.gone}]`),
  "no-targets": pipelineWith(`${nodes}\nedges: []\nparameters: [{name: q}]`),
  "unknown-output": edge("one.output.x", "two.input.in"),
  cycle: edge("one.output.x.pkl", "one.input.in"),
  "unreachable-node": pipelineWith(
    `${nodes.replace("]", ", {name: three, type: task, step: a}]")}\nedges: [[one.output.x.pkl, two.input.in]]`,
  ),
  "deployment-without-target": "- deployment: {name: d}\n",
};

describe("the catalogue", () => {
  test.each(Object.entries(EXAMPLES) as [DiagnosticCode, string | Uint8Array][])(
    "%s happens, with its severity",
    (code, text) => {
      const { diagnostics } = parseConfig({ file: "x", text }, { fileExists: () => false, matchesCode: () => false });
      const found = diagnostics.find((diagnostic) => diagnostic.code === code);
      expect(found?.severity).toBe(DIAGNOSTIC_CODES[code][0]);
    },
  );

  test("docs/lint.md lists the same codes with the same words", () => {
    const docs = readFileSync(new URL("../../../docs/lint.md", import.meta.url), "utf8");
    const rows = [...docs.matchAll(/^\| `([a-z0-9-]+)` \| (error|warning) \| (.*) \|$/gm)].map(
      ([, code, severity, title]) => [code, severity, title],
    );
    expect(rows).toEqual(Object.entries(DIAGNOSTIC_CODES).map(([code, [severity, title]]) => [code, severity, title]));
  });

  test("codes are kebab-case and titles one line", () => {
    for (const [code, [, title]] of Object.entries(DIAGNOSTIC_CODES)) {
      expect(code).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      expect(title).toMatch(/^[^\n|]+[^.\n]$/);
    }
  });
});
