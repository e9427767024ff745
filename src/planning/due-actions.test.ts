import { describe, expect, test } from "vitest";
import { checkCondition, dueActions } from "./due-actions.ts";
import { action } from "./fixtures/configs.ts";

const metadata = { accuracy: 0.7, "val.loss": 0.2 };

describe("dueActions", () => {
  test.each<[string, readonly string[], boolean]>([
    ["node-complete", [], true],
    ["node-complete", ["metadata.accuracy < 0.8"], true],
    ["node-complete", ["accuracy < 0.8"], true],
    ["node-complete", ["metadata.val.loss < 0.8"], true],
    ["node-complete", ["metadata.accuracy > 0.8"], false],
    ["node-complete", ["metadata.accuracy < 0.8", "metadata.accuracy > 0.75"], false],
    ["node-complete", ["metadata.missing < 0.8"], false],
    ["node-complete", ["not an expression"], false],
    ["node-starting", [], false],
  ])("at %s with %j", (when, conditions, isDue) => {
    const actions = [action("node-complete node-error", conditions, ["stop-pipeline"])];
    expect(dueActions(actions, when, { metadata })).toEqual(isDue ? ["stop-pipeline"] : []);
  });

  test("deeds in the order of declaration, each once", () => {
    const actions = [
      action("node-error", [], ["noop", "stop-pipeline"]),
      action("node-error", [], ["error-pipeline", "noop"]),
    ];
    expect(dueActions(actions, "node-error", {})).toEqual(["noop", "stop-pipeline", "error-pipeline"]);
  });
});

describe("checkCondition", () => {
  test.each([
    ["epoch >= 10", { epoch: 10 }, { holds: true }],
    ["metadata.epoch >= 10", { epoch: 9 }, { holds: false }],
    ["epoch >= 10", {}, { holds: false }],
    ["epoch", { epoch: "x" }, { holds: true }],
    ["epoch >= 10", { epoch: "x" }, { holds: false, problem: "a text and a number have no order (>=)" }],
    ["epoch >", {}, { holds: false, problem: "the expression ends too early" }],
  ])("%s with %j", (condition, values, result) => {
    expect(checkCondition(condition, { metadata: values })).toEqual(result);
  });

  test("a name given outright outranks a metric of the same name", () => {
    expect(checkCondition("epoch == 1", { metadata: { epoch: 5 }, epoch: 1 })).toEqual({ holds: true });
    expect(checkCondition("x == 1", { x: 1 })).toEqual({ holds: true });
    expect(checkCondition("metadata == 1", { metadata: 1 })).toEqual({ holds: true });
  });
});
