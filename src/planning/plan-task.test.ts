import { describe, expect, test } from "vitest";
import type { TaskBlueprint } from "../config/index.ts";
import { config, parameter, problemsOf, request, step } from "./fixtures/configs.ts";
import type { RunRequest, SweepRequest } from "./plan.ts";
import { planRun } from "./plan-run.ts";

const train = step("train", {
  parameters: [
    parameter("rate", { type: "float", default: 0.1 }),
    parameter("depth", { type: "integer", default: 3 }),
    parameter("model", { default: "forest" }),
  ],
});

function taskOf(own: Partial<TaskBlueprint>): TaskBlueprint {
  const none = { reuseChildren: false, goals: [], parameters: [], parameterSets: [] };
  return { name: "tune", step: "train", type: "grid_search", ...none, ...own };
}

const tune = taskOf({ parameters: [{ name: "depth", style: "multiple", rules: { items: [2, 4] } }] });
const project = { ...config([train]), tasks: [tune] };

const vary = (name: string, values: string) => ({ name, values });
const run = (target: string, sweep: SweepRequest, more: Partial<RunRequest> = {}) =>
  planRun(project, request(target, { sweep, ...more }));

describe("what contradicts itself in a sweep is refused", () => {
  test.each([
    [
      "a value for what is varied",
      run("train", { parameters: [vary("rate", "0.1,0.2")] }, { parameters: [{ name: "rate", values: ["0.3"] }] }),
      'step train: parameter "rate" is given a value, and is to be varied | leave one of the two out',
    ],
    [
      "the same of a task",
      run("tune", { parameters: [vary("rate", "0.1,0.2")] }, { parameters: [{ name: "rate", values: ["0.3"] }] }),
      'task tune: parameter "rate" is given a value, and is to be varied | leave one of the two out',
    ],
    [
      "one parameter varied twice",
      run("train", { parameters: [vary("rate", "0.1"), vary("rate", "0.2")] }),
      "step train: `rate` is varied twice | give all of its values together",
    ],
    [
      "a goal in both directions",
      run("train", { parameters: [vary("rate", "0.1,0.2")], goals: ["max:auc", "min:auc"] }),
      "step train: the goals want a large and a small `auc` | leave one of the two out",
    ],
    [
      "a goal twice",
      run("train", { parameters: [vary("rate", "0.1,0.2")], goals: ["max:auc", "max:auc"] }),
      "step train: the goal `auc` is named twice | leave one of the two out",
    ],
    [
      "a number of executions with nothing that is varied",
      run("train", { parameters: [], trials: 50, goals: ["max:auc"] }),
      'step train: no parameter is varied | say which values "rate", "depth", "model" are to have',
    ],
    [
      "the same of a task whose parameters are all given",
      run("tune", { parameters: [], trials: 50 }, { parameters: [{ name: "depth", values: ["3"] }] }),
      'task tune: no parameter is varied | say which values "rate", "depth", "model" are to have',
    ],
    [
      "a parameter that is not there",
      run("tune", { parameters: [vary("dept", "1,2")] }),
      'task tune has no parameter "dept" to vary | did you mean "depth"?',
    ],
    [
      "a search of every value of a range",
      run("train", { parameters: [vary("rate", "0.1..0.9")], method: "grid_search" }),
      "step train: `rate` has any number of values, and a grid search runs each | give it steps, or choose a random search",
    ],
  ])("%s", (_what, result, problem) => expect(problemsOf(result)).toEqual([problem]));
});

describe("how many executions a sweep has", () => {
  test.each([
    [
      "that of all combinations where they are few",
      { parameters: [vary("depth", "1,2")], method: "random_search" },
      [],
    ],
    [
      "ten of a range",
      { parameters: [vary("rate", "0.1..0.9")] },
      ["step train: the number of executions is not set (`execution-count`): the task runs 10"],
    ],
    [
      "one where there is nothing to choose from",
      { parameters: [vary("model", "forest")] },
      ["step train: each varied parameter has one value, so that the task runs one execution"],
    ],
  ] satisfies readonly (readonly [string, SweepRequest, readonly string[]])[])("%s", (_what, sweep, warnings) => {
    expect(run("train", sweep)).toMatchObject({ ok: true, warnings });
  });
});
