import { homedir } from "node:os";
import { expect, it } from "vitest";
import { fullPathOf, toFileUri, toLocalPath } from "./local-path.ts";

it.each([
  ["data/a.csv", "/project/data/a.csv"],
  ["./data/", "/project/data"],
  ["../shared/*.csv", "/shared/*.csv"],
  ["/abs/a.csv", "/abs/a.csv"],
  ["~/a.csv", `${homedir()}/a.csv`],
  ["~", homedir()],
  ["~other/a.csv", "/project/~other/a.csv"],
  ["file:///abs/a%20b.csv", "/abs/a b.csv"],
  ["FILE://localhost/abs/**", "/abs/**"],
  ["100%.csv", "/project/100%.csv"],
])("%s is the path %s", (uri, path) => {
  expect(toLocalPath(uri, "/project")).toBe(path);
});

it.each([
  ["file://data/a.csv", "input file://data/a.csv: it is not the address of a local file"],
  ["file:///a%2Fb", "input file:///a%2Fb: it is not the address of a local file"],
])("%s is refused", (uri, message) => {
  expect(() => toLocalPath(uri, "/project")).toThrow(
    expect.objectContaining({
      code: "HR_INPUT_UNAVAILABLE",
      message,
      hint: "write file:///absolute/path, or the path alone",
    }),
  );
});

it("a path with a NUL character is refused", () => {
  expect(() => toLocalPath("a\0b", "/project")).toThrow('input "a\\u0000b": a path cannot hold a NUL character');
});

it.each([
  ["/project/data/a.csv", "data/a.csv"],
  ["/project/..data/a.csv", "..data/a.csv"],
  ["/other/data/a.csv", "other/data/a.csv"],
  ["/a.csv", "a.csv"],
])("the full path of %s is %s", (path, full) => {
  expect(fullPathOf(path, "/project")).toBe(full);
});

it("records a file by its address", () => {
  expect(toFileUri("/data/a b#1.csv")).toBe("file:///data/a%20b%231.csv");
});
