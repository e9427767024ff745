import { describe, expect, it } from "vitest";
import { indexManifest } from "./code-trace.ts";
import { resolvePath } from "./resolve-path.ts";

const index = indexManifest([
  { path: "lib/deep/x.py", sha256: "0".repeat(64), size: 0, executable: false },
  { path: "now", link: "lib" },
  { path: "lib/up", link: "../data/./set" },
  { path: "chain", link: "now/deep" },
  { path: "circle", link: "circle" },
  { path: "a", link: "b/c" },
  { path: "own", link: "/valohai/repository/lib" },
  { path: "far", link: "/data/./set" },
]);

describe("a path in the repository", () => {
  it.each([
    ["", ".", []],
    [".", ".", []],
    ["lib/deep/x.py", "lib/deep/x.py", []],
    ["./lib//deep/./x.py", "lib/deep/x.py", []],
    ["lib/../lib/deep", "lib/deep", []],
    ["missing/x", "missing/x", []],
    ["now", "lib", ["now"]],
    ["now/deep/x.py", "lib/deep/x.py", ["now"]],
    ["chain/x.py", "lib/deep/x.py", ["chain", "now"]],
    ["chain/..", "lib", ["chain", "now"]],
    ["lib/up/x", "data/set/x", ["lib/up"]],
    ["a/d", "b/c/d", ["a"]],
    ["../repository", ".", []],
    ["lib/../../repository/now/x", "lib/x", ["now"]],
    ["own/deep", "lib/deep", ["own"]],
  ])("%j leads to %j", (path, to, links) => {
    expect(resolvePath(index, path, "/valohai/repository")).toEqual({ kind: "within", path: to, links });
  });

  it.each([
    ["..", "/valohai", []],
    ["../inputs/x", "/valohai/inputs/x", []],
    ["lib/../../inputs", "/valohai/inputs", []],
    ["../..", "/", []],
    ["../../../x", "/x", []],
    ["far/x", "/data/set/x", ["far"]],
  ])("%j leads out, to %j", (path, to, links) => {
    expect(resolvePath(index, path, "/valohai/repository")).toEqual({ kind: "outside", path: to, links });
  });

  it("in a circle is odd", () => {
    expect(resolvePath(index, "circle/x", "/valohai/repository")).toEqual({ kind: "odd" });
  });
});
