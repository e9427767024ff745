export type * from "./executor.ts";
export { type LocalExecutorOptions, openLocalExecutor } from "./local/local-executor.ts";
