import { describe, expect, it } from "vitest";
import { loadOptional } from "./load-optional.ts";

describe("loadOptional", () => {
  it("gives a package that is there", async () => {
    const { parse } = await loadOptional<typeof import("yaml")>("yaml", "Reading YAML");
    expect(parse("a: 1")).toEqual({ a: 1 });
  });

  it("says what needs a package that is not there, and how to get it", async () => {
    await expect(loadOptional("@headrace/no-such-package", "Storing files on the moon")).rejects.toMatchObject({
      code: "HR_PACKAGE_MISSING",
      message: "Storing files on the moon needs the package @headrace/no-such-package, which is not installed",
      hint: "install it where Headrace is installed: npm install @headrace/no-such-package (with --global if Headrace is global)",
    });
  });

  it("does not hide a package that is there and fails", async () => {
    await expect(loadOptional("data:text/javascript,throw new Error('broken')", "Anything")).rejects.toThrow("broken");
  });
});
