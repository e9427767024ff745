import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executionFolder } from "../../contract/index.ts";
import type { JobSpec } from "../executor.ts";
import { stepScript } from "../step/step-script.ts";
import type { ContainerFiles } from "./container-end.ts";
import { CONTAINER_SCRIPT, MASKING_CONTAINER_SCRIPT } from "./container-script.ts";

/** The home folder of a step whose user has none in its image. */
export function scratchOf(folder: string): string {
  return join(folder, "scratch");
}

/** Written anew until the step has begun; process 1 makes the marker before it reads the step's script. */
export function writeScripts(
  job: JobSpec,
  files: ContainerFiles,
  scratch: string,
  isStranger: boolean,
): readonly string[] {
  const folder = executionFolder(job.folder);
  for (const path of [scratch, folder.logs, folder.control]) mkdirSync(path, { recursive: true, mode: 0o700 });
  if (isStranger) openToAll([scratch, folder.logs, folder.control, folder.outputs, folder.repository]);
  const script = stepScript(job, "bash");
  replace(files.boot, job.secrets === undefined ? CONTAINER_SCRIPT : MASKING_CONTAINER_SCRIPT);
  replace(files.script, script.text);
  if (!script.reportsLine) return ["shebang", ...script.interpreter];
  replace(files.shellScript, stepScript(job, undefined).text);
  return ["script"];
}

/** The environment has steps be a user who is not ours: he has to write here. The folder above lets nobody else in. */
function openToAll(paths: readonly string[]): void {
  for (const path of paths) chmodSync(path, 0o777);
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.${process.pid}`, text, { mode: 0o755 });
  renameSync(`${path}.${process.pid}`, path);
}
