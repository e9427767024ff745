import { describe, expect, test } from "vitest";
import { checkCondition, dueActions, dueApproval } from "./due-actions.ts";
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

describe("dueApproval", () => {
  const asking = (conditions: readonly string[], rule: object = {}) => ({
    ...action("node-complete", conditions, ["require-approval"]),
    ...rule,
  });
  const metadata = { auc: 0.7 };

  test("is none where nothing asks at the moment", () => {
    const others = [action("node-complete", [], ["noop"]), asking(["auc > 0.8"], { timeoutS: 5, onTimeout: "reject" })];
    expect(dueApproval(others, "node-complete", { metadata })).toBeUndefined();
    expect(dueApproval([asking([])], "node-starting", { metadata })).toBeUndefined();
  });

  test("has the rule of the shortest wait among those that are due, and of two equal ones the rejection", () => {
    const rules = [
      asking([]),
      asking(["auc > 0.8"], { timeoutS: 1, onTimeout: "approve" }),
      asking(["auc > 0.5"], { timeoutS: 60, onTimeout: "approve" }),
      asking([], { timeoutS: 90, onTimeout: "reject" }),
    ];
    expect(dueApproval(rules, "node-complete", { metadata })).toEqual({
      rule: { afterMs: 60_000, decision: "approved" },
    });
    const equal = [...rules, asking([], { timeoutS: 60, onTimeout: "reject" })];
    expect(dueApproval(equal, "node-complete", { metadata })).toEqual({
      rule: { afterMs: 60_000, decision: "rejected" },
    });
    expect(dueApproval([asking([])], "node-complete", { metadata })).toEqual({});
  });
});
