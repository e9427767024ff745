import { describe, expect, test } from "vitest";
import { configOfText, lintLines } from "../testing/lint-lines.ts";

const STEP = "- step: {name: a, image: i, command: c, parameters: [{name: lr}, {name: x}]}\n";
const text = (keys: string): string => `${STEP}- task: {name: t, step: a, ${keys}}\n`;
const task = (keys: string) => configOfText(text(keys)).tasks[0];

describe("a task (2.5)", () => {
  test("has defaults", () => {
    expect(task("parameters: []")).toEqual({
      name: "t",
      step: "a",
      type: "grid_search",
      reuseChildren: true,
      goals: [],
      parameters: [],
      parameterSets: [],
    });
  });

  test("has every key of the format, and Headrace's own", () => {
    const keys = `type: Bayesian-TPE, description: d, engine: hyperopt, execution-count: 10, execution-batch-size: 2, maximum-queued-executions: 3,
    on-child-error: Stop_All_And_Error, optimization-target-metric: acc, optimization-target-value: 0.9, stop-condition: acc > 1, reuse-children: yes,
    goal: [max:acc, "minimize:ms"], seed: 3, early-stopping: {method: median, min: 2},
    parameters: [{name: lr, style: linear, rules: {start: 1, end: 2, step: 0.5}}]`;
    expect(lintLines(text(keys))).toEqual([]);
    expect(task(keys)).toEqual({
      name: "t",
      step: "a",
      type: "bayesian_tpe",
      description: "d",
      engine: "hyperopt",
      executionCount: 10,
      executionBatchSize: 2,
      maximumQueuedExecutions: 3,
      onChildError: "stop-all-and-error",
      optimizationTargetMetric: "acc",
      optimizationTargetValue: 0.9,
      stopCondition: "acc > 1",
      reuseChildren: true,
      goals: [
        { metric: "acc", direction: "max" },
        { metric: "ms", direction: "min" },
      ],
      seed: 3,
      earlyStopping: { method: "median", min: 2 },
      parameters: [{ name: "lr", style: "linear", rules: { start: 1, end: 2, step: 0.5 } }],
      parameterSets: [],
    });
  });

  test.each([
    ["type: GRID-SEARCH", "grid_search"],
    ["type: random_search", "random_search"],
    ["type: Manual_Search", "manual_search"],
    ["type: bayesian-tpe", "bayesian_tpe"],
    ["type: distributed", "distributed"],
    ["type: ''", "grid_search"],
  ])("%s", (keys, type) => {
    expect(task(`${keys}, parameters: []`)?.type).toBe(type);
  });

  test.each([
    ["logspace as in the schema's example", "style: logspace, rules: {start: -3, end: 0, count: 4, base: 10}"],
    ["logspace as in the documentation's example", "style: logspace, rules: {min: -3, max: 0, count: 4}"],
    ["multiple", "style: multiple, rules: {items: [1, two, yes]}"],
    [
      "random",
      "style: random, rules: {min: 0, max: 1, count: 3, distribution: uniform, seed: 1, integerify: no, numberify: yes}",
    ],
    ["single", "style: single, rules: {value: 3}"],
  ])("%s", (_, keys) => {
    expect(lintLines(text(`parameters: [{name: lr, ${keys}}]`))).toEqual([]);
  });

  test("parameter sets are kept, empty ones are not", () => {
    const keys = "type: manual_search, parameter-sets: [{lr: 1, x: [a, 2024-01-31]}, {}, {lr: 2}]";
    expect(lintLines(text(keys))).toEqual([]);
    expect(task(keys)?.parameterSets).toEqual([{ lr: 1, x: ["a", "2024-01-31"] }, { lr: 2 }]);
  });

  test.each([
    ["type: grid", "error missing-key: a task needs `parameters`, `parameter-sets` or `for-each`"],
    [
      "for-each: gone",
      "warning wrong-task: the step `a` has no input and no parameter `gone`; a run of the task refuses it",
    ],
    [
      "for-each: lr, parameters: [{name: lr, style: single, rules: {value: 1}}]",
      "warning wrong-task: `lr` is varied by `for-each` and by `parameters`; a run of the task refuses it",
    ],
    [
      "for-each: lr, type: random_search",
      "warning wrong-task: `for-each` goes with `type: grid_search` alone; a run of the task refuses it (leave `type` out)",
    ],
    [
      "parameters: [], type: distributed",
      "warning wrong-task: a distributed task needs to know how many members it has; a run of the task refuses it (add `execution-count`)",
    ],
    [
      "parameters: [], type: distributed, execution-count: 0",
      "warning wrong-task: a distributed task has 1 to 1000 members, not 0; a run of the task refuses it",
    ],
    [
      "parameter-sets: [{lr: 1}, {lr: 2}], type: distributed, execution-count: 3",
      "warning wrong-task: there are 2 sets of values for 3 members; a run of the task refuses it",
    ],
    [
      "parameters: [], type: distributed, execution-count: 2, goal: 'max:auc'",
      "warning wrong-task: the members of a distributed task are no trials, of which one is the best; a run of the task refuses it",
    ],
    [
      "parameters: [], type: distributed, execution-count: 2, early-stopping: {}",
      "warning wrong-task: the members of a distributed task end together, and none before the others; a run of the task refuses it",
    ],
    [
      "parameters: [], type: gird_search",
      "error wrong-value: `type` has to be one of grid_search, random_search, manual_search, bayesian_tpe, distributed, quasi_random, not `gird_search` (did you mean `grid_search`?)",
    ],
    [
      "parameters: [], on-child-error: stop",
      "error wrong-value: `on-child-error` has to be one of continue-and-complete, continue-and-error, stop-all-and-error, not `stop`",
    ],
    [
      "parameters: [{name: lr, style: log, rules: {}}]",
      "error wrong-value: `style` has to be one of linear, logspace, multiple, random, single, not `log`",
    ],
    [
      "parameters: [{name: lr, style: single, rules: {valeu: 1}}]",
      "error unknown-key: `rules` has no key `valeu` (did you mean `value`?)",
    ],
    [
      "parameters: [{name: lr, style: multiple, rules: {items: [~]}}]",
      "error wrong-type: entry 1 of `items` is empty; it has to be text or a number or true or false",
    ],
    ["parameters: [{name: lr}]", "error missing-key: a variant needs `style`"],
    [
      "parameters: [], execution-count: 1.5",
      "error wrong-type: `execution-count` has to be a whole number, not a number",
    ],
    ["parameters: [], stop-condition: '(('", "error wrong-expression: `stop-condition` is not an expression: "],
    [
      "parameters: [], engine: skopt, type: bayesian_tpe",
      "warning unusual-value: `engine` is optuna or hyperopt; `skopt` is ignored",
    ],
    ["parameter-sets: [{lr: 1}]", "warning no-effect: `parameter-sets` has an effect only with `type: manual_search`"],
    ["parameters: [], engine: optuna", "warning no-effect: `engine` has an effect only with `type: bayesian_tpe`"],
    [
      "parameters: [], optimization-target-metric: m",
      "warning no-effect: `optimization-target-metric` has an effect only with `type: bayesian_tpe`",
    ],
    [
      "parameters: [], optimization-target-value: 1",
      "warning no-effect: `optimization-target-value` has an effect only with `type: bayesian_tpe`",
    ],
    [
      "type: manual_search, parameter-sets: [{lr: {a: 1}}]",
      "warning unusual-value: the value of `lr` has to be one value or a list of values; this one is ignored",
    ],
    [
      "parameters: [{name: rl, style: single, rules: {value: 1}}]",
      "warning unknown-parameter: the step `a` has no parameter `rl` (did you mean `lr`?)",
    ],
  ])("%s", (keys, finding) => {
    expect(
      lintLines(text(keys))
        .map((line) => line.replace(/^\S+ /, ""))
        .join("\n"),
    ).toContain(finding);
  });

  test("a step that is not there is a warning where no pipeline needs it, and an error where one does", () => {
    const lonely = "- task: {name: t, step: gone, parameters: []}\n";
    expect(lintLines(lonely)).toEqual(["1:25 warning unknown-task-step: there is no step `gone`"]);
    expect(lintLines(`${lonely}- pipeline: {name: p, nodes: [{name: n, type: task, task: t}], edges: []}\n`)).toContain(
      "2:59 error unknown-step: the task `t` runs the step `gone`, which does not exist",
    );
  });
});
