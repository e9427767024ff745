export { describeExpectation, subjectOf } from "./describe.ts";
export {
  COLUMN_FIGURES,
  COMPARISONS,
  type Expectation,
  TEXT_FORMATS,
  type TextFormat,
  VALUE_TYPES,
  type ValueType,
} from "./expectation.ts";
export { expectationsOf } from "./expectations-of.ts";
export { importGreatExpectations, type SkippedExpectation } from "./great-expectations.ts";
export { type CheckedTable, type CheckResult, runChecks } from "./run-checks.ts";
export { suggestSuite } from "./suggest.ts";
