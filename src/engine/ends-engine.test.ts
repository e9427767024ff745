import { expect, test } from "vitest";
import { HeadraceError } from "../errors.ts";
import { RefusedWrite } from "../store/index.ts";
import { concernsOneRun, endsEngine } from "./ends-engine.ts";

test.each([
  [
    "a refused write",
    new RefusedWrite("fence", "another engine has it", "stop"),
    { endsEngine: true, concernsOneRun: true },
  ],
  [
    "a conflict of another kind",
    new HeadraceError("HR_CONFLICT", "the file exists"),
    { endsEngine: false, concernsOneRun: true },
  ],
  [
    "a database that is away",
    new HeadraceError("HR_STORE_UNAVAILABLE", "away"),
    { endsEngine: true, concernsOneRun: false },
  ],
  [
    "a fault of the step",
    new HeadraceError("HR_INPUT_UNAVAILABLE", "gone"),
    { endsEngine: false, concernsOneRun: true },
  ],
  ["a defect", new TypeError("undefined"), { endsEngine: true, concernsOneRun: false }],
])("%s", (_, error, verdict) => {
  expect({ endsEngine: endsEngine(error), concernsOneRun: concernsOneRun(error) }).toEqual(verdict);
});
