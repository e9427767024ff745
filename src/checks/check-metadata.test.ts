import { describe, expect, it } from "vitest";
import type { MetadataExpectation } from "../config/index.ts";
import { checkMetadata } from "./check-metadata.ts";

const METADATA = { auc: 0.8, loss: "NaN", ok: true, words: 1200, kind: "gbm" };

type Wanted = Pick<MetadataExpectation, "key" | "bounds" | "values">;

const CASES: readonly (readonly [Wanted, string, number?])[] = [
  [{ key: "auc", bounds: { min: 0.7 } }, "passed"],
  [{ key: "auc", bounds: { above: 0.8 } }, "failed"],
  [{ key: "auc", bounds: { min: "0.7" } }, "failed"],
  [{ key: "loss", bounds: { max: 1 } }, "failed"],
  [{ key: "ok", bounds: { min: true, max: true } }, "passed"],
  [{ key: "kind", bounds: {}, values: ["gbm", "nn"] }, "passed"],
  [{ key: "kind", bounds: {}, values: ["nn"] }, "failed"],
  [{ key: "gone", bounds: { min: 0 } }, "error"],
  [{ key: "toString", bounds: { min: 0 } }, "error"],
  [{ key: "words", bounds: { change: 0.2 } }, "passed"],
  [{ key: "words", bounds: { change: 0.2 } }, "passed", 1000],
  [{ key: "words", bounds: { change: 0.1 } }, "failed", 1000],
  [{ key: "words", bounds: { change: 0.5, max: 1100 } }, "failed", 1000],
];

describe("expectations of metadata", () => {
  it.for(CASES)("%j: %s", ([wanted, outcome, previous]) => {
    const [result] = checkMetadata([{ severity: "error", ...wanted }], METADATA, () => previous);
    expect(result?.outcome).toBe(outcome);
    expect(result?.previous).toBe(previous);
  });
});
