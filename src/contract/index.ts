export {
  type Member,
  type Members,
  membersKnownSince,
  writeDistributedFiles,
} from "./config-files/distributed-files.ts";
export { SharedFiles } from "./config-files/shared-files.ts";
export { writeConfigFiles } from "./config-files/write-config-files.ts";
export { explainDiskFailure } from "./disk-failure.ts";
export { checkedFilesOf, type ExecutionFolder, executionFolder } from "./execution-folder.ts";
export {
  type InputFile,
  nameInput,
  type PlacedFile,
  type PlacedInput,
  placeInputs,
  type StepInput,
} from "./inputs/place-inputs.ts";
export { FolderLog } from "./logs/folder-log.ts";
export { keepLog } from "./logs/keep-log.ts";
export type { LogStream } from "./logs/log-index.ts";
export { LogIntake, type LogIntakeOptions } from "./logs/log-intake.ts";
export { makePart, type PartContent, type PublishedPart, readPart } from "./logs/log-part.ts";
export { type LogBegin, type LogSource, NO_LOG } from "./logs/log-source.ts";
export type { LogPosition } from "./logs/log-tail.ts";
export { packLog, printedBytes } from "./logs/pack-log.ts";
export { PackedLog } from "./logs/packed-log.ts";
export { readRawLog } from "./logs/raw-log.ts";
export {
  type LogBatch,
  type LogItem,
  type ReadLogOptions,
  readLog,
  readLogBatches,
  startOfLog,
} from "./logs/read-log.ts";
export { type Collection, collectOutputs } from "./outputs/collect-outputs.ts";
export { LiveOutputs, type LiveOutputsOptions } from "./outputs/live-outputs.ts";
export { type CollectedOutput, outputJournalOf } from "./outputs/output-journal.ts";
export type { OutputWarning } from "./outputs/output-warning.ts";
export { prepareFolder } from "./prepare-folder.ts";
export { stepEnvironment } from "./step-environment.ts";
export type { StepCreator, StepFacts } from "./step-facts.ts";
