export { dockerAnswers, openDockerExecutor } from "./docker/open-docker.ts";
export type * from "./executor.ts";
export { type LocalExecutorOptions, openLocalExecutor } from "./local/local-executor.ts";
export { identify, isAlive, type ProcessIdentity } from "./local/process-identity.ts";
export { openSlurmExecutor } from "./slurm/slurm-executor.ts";
export type { SlurmExecutorOptions } from "./slurm/slurm-settings.ts";
