export { type ExecutionFolder, executionFolder } from "./execution-folder.ts";
