import type { MachineFacts } from "../../machine/index.ts";
import type { SlurmSettings } from "./settings.ts";

/** The values that the executor needs from its environment and from whoever starts Headrace. */
export interface SlurmExecutorOptions {
  readonly settings: SlurmSettings;
  /** The environment of Headrace itself; Slurm's programs and the steps get an allow-list of it. */
  readonly baseEnvironment: Readonly<Record<string, string>>;
  /** The project's; the work folder stands for it unless set. */
  readonly stateFolder?: string;
  /** The facts that are known of this machine; absent: the executor keeps those that it finds out. */
  readonly machine?: MachineFacts;
  /** Time that a job that Slurm calls ended may take to show its exit status on the shared disk; 15 s unless set. */
  readonly settleMs?: number;
}

/** The name of an execution's job. By it a job is found again whose number was never recorded. */
export function jobName(executionId: string): string {
  return `headrace-${executionId}`;
}
