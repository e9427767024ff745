export { figureKey } from "./change.ts";
export { checkMetadata, describeMetadata, type MetadataResult } from "./check-metadata.ts";
export { dbtTables, importDbt } from "./dbt.ts";
export { describeExpectation, subjectOf } from "./describe.ts";
export { importGreatExpectations, type SkippedExpectation } from "./great-expectations.ts";
export { type CheckedTable, type CheckResult, runChecks } from "./run-checks.ts";
export { suggestSuite } from "./suggest.ts";
