import { chmodSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { systemErrorCode } from "../errors.ts";
import { explainDiskFailure } from "./disk-failure.ts";
import type { ExecutionFolder } from "./execution-folder.ts";

/**
 * Makes the folders of an execution, save the repository: that one is moved into place with the code in it. May be
 * repeated, also over what a crash left half made. Nobody else on the machine can enter the root; what lies below
 * `valohai` is readable inside a container, where the step may be another user.
 */
export function prepareFolder(folder: ExecutionFolder): void {
  const folders: readonly (readonly [path: string, mode: number])[] = [
    [folder.root, 0o700],
    [folder.valohai, 0o755],
    [folder.inputs, 0o755],
    [folder.outputs, 0o755],
    [folder.config, 0o755],
    [folder.logs, 0o700],
    [folder.control, 0o700],
  ];
  try {
    mkdirSync(dirname(folder.root), { recursive: true });
    for (const [path, mode] of folders) {
      makeFolder(path, mode);
      // The mode passed through the umask, or the folder was there. A look costs a tenth of a chmod.
      if ((statSync(path).mode & 0o7777) !== mode) chmodSync(path, mode);
    }
  } catch (error) {
    throw explainDiskFailure(error, `make the execution's folder ${folder.root}`);
  }
}

function makeFolder(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
  }
}
