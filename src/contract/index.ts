export { type ExecutionFolder, executionFolder } from "./execution-folder.ts";
export type { LogStream } from "./logs/log-index.ts";
export { LogIntake, type LogIntakeOptions } from "./logs/log-intake.ts";
export { type LogItem, type ReadLogOptions, readLog } from "./logs/read-log.ts";
export { prepareFolder } from "./prepare-folder.ts";
