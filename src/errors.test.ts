import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ERROR_CODES, HeadraceError, systemErrorCode } from "./errors.ts";

describe("the catalogue of errors", () => {
  it("and docs/errors.md list the same codes with the same titles, exit codes and statuses", () => {
    const page = readFileSync(new URL("../docs/errors.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `(HR_[A-Z_]+)` \| (.+?) \| (\d) \| (\d{3}) \| (.+?) \|$/gm)].map(
      ([, code, title, exit, status]) => [code, title, Number(exit), Number(status)],
    );
    expect(rows).toEqual(
      Object.entries(ERROR_CODES).map(([code, { title, exit, status }]) => [code, title, exit, status]),
    );
  });
});

describe("HeadraceError", () => {
  it("carries code, hint, details and cause", () => {
    const cause = new Error("below");
    const error = new HeadraceError("HR_USAGE", "no such thing", { hint: "name one", details: ["a", "b"], cause });
    expect(error).toMatchObject({
      name: "HeadraceError",
      code: "HR_USAGE",
      message: "no such thing",
      hint: "name one",
      details: ["a", "b"],
      cause,
    });
  });

  it("has no cause property where there is none", () => {
    expect("cause" in new HeadraceError("HR_USAGE", "x")).toBe(false);
  });
});

describe("systemErrorCode", () => {
  it.each([
    [Object.assign(new Error("x"), { code: "ENOENT" }), "ENOENT"],
    [Object.assign(new Error("x"), { code: 3 }), undefined],
    [new Error("x"), undefined],
    ["ENOENT", undefined],
    [undefined, undefined],
  ])("of %s is %s", (error, code) => {
    expect(systemErrorCode(error)).toBe(code);
  });
});
