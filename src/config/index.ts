export { buildMount } from "./build/step.ts";
export * from "./checks/expectation.ts";
export { expectationsOf } from "./checks/expectations-of.ts";
export { type KeyedValue, LARGEST_KEYED_FILE_BYTES, splitCodePattern, valueAtKey } from "./code-key.ts";
export { compileCodePattern } from "./code-pattern.ts";
export { type BuildCommandOptions, buildCommand } from "./command/build-command.ts";
export { joinCommand } from "./command/join-command.ts";
export { NOTEBOOK_RUNNER, notebookOf, ranNotebook, runNotebooks, runsNotebook } from "./command/notebook-line.ts";
export { unpinnedInstalls } from "./command/unpinned-installs.ts";
export { type Definition, definitionsOf } from "./definition-at.ts";
export type * from "./diagnostic.ts";
export { type DurationResult, parseDuration } from "./duration.ts";
export { compileGlob, hasGlob } from "./glob.ts";
export { type DvcImport, type ImportDvcOptions, importDvc } from "./import/dvc.ts";
export { dvcVariableFiles } from "./import/dvc-variables.ts";
export { inputNameProblem } from "./input-name.ts";
export type { ConfigContext, FilesAround } from "./lint/context.ts";
export type * from "./model.ts";
export { IGNORED_STEP_KEYS, REFUSED_NODE_HINTS } from "./not-supported.ts";
export {
  type ParameterValueResult,
  parseParameterValue,
  typedDefault,
  validateParameterValue,
} from "./parameter-value.ts";
export { type ConfigSource, parseConfig, type ReadConfig, readConfigText } from "./parse-config.ts";
export { type DocumentProblem, type DocumentResult, parseDocument } from "./parse-document.ts";
export { DIAGNOSTIC_CODES, type DiagnosticCode } from "./report/catalogue.ts";
export { countDiagnostics, type FormatOptions, formatDiagnostics } from "./report/format-diagnostics.ts";
export { lintReport } from "./report/lint-report.ts";
export { pipelineGraph } from "./report/pipeline-graph.ts";
export { type CheckForm, type ColumnRules, checkSuiteSchema } from "./schema/checks.ts";
export { expectation } from "./schema/describe.ts";
export { configJsonSchema } from "./schema/document.ts";
export { boolean, duration, keyedMapping, mapping, oneOf, openMapping, text, textList } from "./schema/fields.ts";
export { mountSchema } from "./schema/parts.ts";
export { suggest, suggestionHint } from "./schema/suggest.ts";
export { shellQuote } from "./shell-quote.ts";
export { MOST_NODES, MOST_PIPELINES_DEEP } from "./sub-pipeline-limits.ts";
export { type Axis, type AxisValues, combinationsOf, countOf, valueAt } from "./task/axis.ts";
export { type Goal, parseGoal } from "./task/goal.ts";
export { type AxisProblem, type AxisResult, eachAxis, listAxis, readAxis } from "./task/read-axis.ts";
export { readSweep, type SweepProblem, type SweepResult } from "./task/read-sweep.ts";
export {
  excessOf,
  FEWER,
  type ForEach,
  LARGEST_LIMIT,
  MOST_EXECUTIONS,
  type Pruning,
  placesOf,
  pointsOf,
  type Sweep,
  type SweepMethod,
  trialsOf,
} from "./task/sweep.ts";
export { readSweepText, type VariantResult } from "./task/sweep-text.ts";
export { THIS_MACHINE } from "./this-machine.ts";
export { FETCHED_SCHEMES } from "./uri-schemes.ts";
