import { expect, test } from "vitest";
import { FETCHED_SCHEMES } from "../config/index.ts";
import { URI_SCHEMES } from "./open-sources.ts";

test("what the configuration says of schemes is what can be fetched", () => {
  expect([...FETCHED_SCHEMES].sort()).toEqual([...URI_SCHEMES].sort());
});
