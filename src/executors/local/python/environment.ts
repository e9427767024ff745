import { join } from "node:path";
import type { JobSpec } from "../../executor.ts";

export interface PythonEnvironmentRequest {
  readonly stateFolder: string;
  readonly repository: string;
  readonly python: NonNullable<JobSpec["python"]>;
  readonly environment: Readonly<Record<string, string>>;
  readonly report: (detail: string) => void;
  readonly signal: AbortSignal;
}
export function pythonEnvironmentFolder(stateFolder: string, hash: string): string {
  return join(stateFolder, "environments", hash);
}
export async function ensurePythonEnvironment(_request: PythonEnvironmentRequest): Promise<{ hash: string; version: string }> {
  throw new Error("under way");
}
