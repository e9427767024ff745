import { join } from "node:path";

/**
 * The folder of one execution on disk:
 *
 *     <root>/valohai/{repository,inputs,outputs,config}   what the step sees as /valohai
 *     <root>/logs/{stdout,stderr}                         raw bytes, written by the step's process
 *     <root>/logs/index                                   when which bytes came (log-index.ts)
 *     <root>/control/                                     the executor's own files (script, pid, exit status)
 */
export interface ExecutionFolder {
  readonly root: string;
  readonly valohai: string;
  readonly repository: string;
  readonly inputs: string;
  readonly outputs: string;
  readonly config: string;
  readonly logs: string;
  readonly control: string;
}

/** The place for files of a step while they are checked. */
export function checkedFilesOf({ control }: ExecutionFolder): string {
  return join(control, "checked");
}

export function executionFolder(root: string): ExecutionFolder {
  const valohai = join(root, "valohai");
  return {
    root,
    valohai,
    repository: join(valohai, "repository"),
    inputs: join(valohai, "inputs"),
    outputs: join(valohai, "outputs"),
    config: join(valohai, "config"),
    logs: join(root, "logs"),
    control: join(root, "control"),
  };
}
