import type { ExecutorKind } from "../executor-kind.ts";
import { slurmExecutions } from "./execution-folders.ts";
import { type SlurmSettings, slurmForm } from "./settings.ts";

export const slurmKind: ExecutorKind<SlurmSettings> = {
  form: slurmForm,
  where: "on a cluster",
  ...{ terminals: false, seesMachine: true, knowsImages: false },
  executionsFolder: (settings) => slurmExecutions(settings),
  open: async (settings, { baseEnvironment, stateFolder, machine }) => {
    const { openSlurmExecutor } = await import("./slurm-executor.ts");
    return openSlurmExecutor({ settings, baseEnvironment, stateFolder, machine });
  },
};
