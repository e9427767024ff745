import { describe, expect, test } from "vitest";
import { buildVariables } from "./build-variables.ts";

const named = (name: string): string => ["$", "{", name, "}"].join("");
const BASE = {
  AWS_SECRET_ACCESS_KEY: "secret-of-mine",
  INDEX_TOKEN: "token-1",
  HEADRACE_BUILD_VARIABLES: "INDEX_TOKEN, ABSENT",
};
const variables = (more: Partial<Parameters<typeof buildVariables>[0]> = {}) =>
  buildVariables({ passedOn: { PATH: "/bin" }, base: BASE, step: {}, own: {}, ...more });

describe("variables of a build", () => {
  test("are what is passed on, what the user grants, and the step's own for it", () => {
    expect(variables({ own: { CMAKE_ARGS: "-DX" }, step: { OTHER: "1" } }).environment).toEqual({
      ...{ PATH: "/bin", INDEX_TOKEN: "token-1", CMAKE_ARGS: "-DX" },
    });
  });

  test("stand in requirements by name; others of the shell do not", () => {
    const { expand } = variables({ step: { VERSION: "2" } });
    expect(expand(`x==${named("VERSION")} ${named("INDEX_TOKEN")} $PLAIN ${named("lower")}`, "r.txt:1")).toBe(
      `x==2 token-1 $PLAIN ${named("lower")}`,
    );
    expect(() => expand(named("AWS_SECRET_ACCESS_KEY"), "r.txt:3")).toThrow(
      expect.objectContaining({
        message: `r.txt:3: the variable ${named("AWS_SECRET_ACCESS_KEY")} has no value`,
        hint: "give it to the step (environment-variables, the option variable “AWS_SECRET_ACCESS_KEY=…”), or to builds alone: HEADRACE_BUILD_VARIABLES=AWS_SECRET_ACCESS_KEY",
      }),
    );
  });

  test("are taken out of what is kept, as are logins in addresses", () => {
    const { redact, expand } = variables({ step: { KEY: "step-key" } });
    expand(named("KEY"), "r.txt:1");
    expect(redact("at https://h/token-1/x and step-key, https://me:pw@h/")).toBe(
      `at https://h/${named("INDEX_TOKEN")}/x and ${named("KEY")}, https://****@h/`,
    );
  });

  test("count for what is installed, without logins and granted secrets", () => {
    const passedOn = { PATH: "/bin", PIP_INDEX_URL: "https://me:one@h/simple" };
    expect(variables({ passedOn, own: { CFLAGS: "-O3" } }).facts).toEqual({
      PIP_INDEX_URL: "https://****@h/simple",
      CFLAGS: "-O3",
    });
  });
});
