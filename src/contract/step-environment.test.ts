import { describe, expect, test } from "vitest";
import { stepEnvironment } from "./step-environment.ts";

const ALONE = { executionId: "e1", project: { id: "p1", name: "flights", owner: "ada" } };
const PIPELINE = { id: "r1", number: 3, nodeId: "r1-train", tags: [] };

describe("the environment of a step", () => {
  test("that runs by itself", () => {
    expect(stepEnvironment(ALONE, {})).toEqual({
      PYTHONUNBUFFERED: "1",
      VH_JOB_ID: "exec-e1",
      VH_EXECUTION_ID: "e1",
      VH_PROJECT_ID: "p1",
    });
  });

  test("within a pipeline and a task", () => {
    expect(stepEnvironment({ ...ALONE, pipeline: PIPELINE, task: { id: "t1", number: 4 } }, {})).toEqual({
      PYTHONUNBUFFERED: "1",
      VH_JOB_ID: "exec-e1",
      VH_EXECUTION_ID: "e1",
      VH_PROJECT_ID: "p1",
      VH_PIPELINE_ID: "r1",
      VH_PIPELINE_NODE_ID: "r1-train",
      VH_TASK_ID: "t1",
    });
  });

  test("of a member of a distributed task", () => {
    expect(stepEnvironment({ ...ALONE, member: { rank: 2, count: 4 } }, { VH_DIST_MEMBER_ID: "7" })).toMatchObject({
      VH_DIST_MEMBER_ID: "2",
      VH_DIST_MEMBER_INDEX: "2",
      VH_DIST_MEMBER_COUNT: "4",
    });
  });

  test.each([
    ["its own variables", { LEVEL: "debug", EMPTY: "" }, { LEVEL: "debug", EMPTY: "" }],
    [
      "variables that steer an agent",
      { VH_CLEAN: "1", VH_DOCKER_NETWORK: "host" },
      { VH_CLEAN: "1", VH_DOCKER_NETWORK: "host" },
    ],
    ["its own will on buffering", { PYTHONUNBUFFERED: "" }, { PYTHONUNBUFFERED: "" }],
    ["no other identity", { VH_JOB_ID: "exec-e2", VH_PROJECT_ID: "p2" }, { VH_JOB_ID: "exec-e1", VH_PROJECT_ID: "p1" }],
  ])("gives it %s", (_name, own, expected) => {
    expect(stepEnvironment(ALONE, own)).toMatchObject(expected);
  });

  test.each([
    [{ "": "x" }, '"" cannot be the name of an environment variable', "use letters, digits and underscores"],
    [{ "A=B": "x" }, '"A=B" cannot be the name of an environment variable', "use letters, digits and underscores"],
    [{ A: "x\0y" }, "the value of the environment variable A contains a NUL character", "pass such data in a file"],
  ])("refuses %j", (own, message, hint) => {
    expect(() => stepEnvironment(ALONE, own)).toThrow(
      expect.objectContaining({ code: "HR_PLAN_INVALID", message, hint }),
    );
  });
});
