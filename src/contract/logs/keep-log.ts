import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionFolder } from "../execution-folder.ts";
import { appendToLog } from "./folder-log.ts";

/**
 * Keeps what was said before the step's own process could start, as its log: it failed for that reason. This replaces
 * what an earlier engine kept of the same.
 */
export function keepLog({ logs }: ExecutionFolder, bytes: Uint8Array, at: number): void {
  mkdirSync(logs, { recursive: true });
  for (const name of ["stderr", "index"]) rmSync(join(logs, name), { force: true });
  appendToLog(logs, "stderr", at, bytes);
}
